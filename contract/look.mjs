// Looks at pages with Debian's Chromium. Takes a JSON list of visits on standard input, each
// {url, width, height, scheme, language, picture}, and answers a list of what was seen, in the same order.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const QUIET = [
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // no name is looked up, whoever asks
];

// Runs in the page, and leaves Swagger UI's own part of it alone: what an assistive technology and a reader of a narrow screen would meet.
function inspect() {
  const own = (selector) => [...document.querySelectorAll(selector)].filter((one) => !one.closest("#operations"));
  const named = (element) =>
    element.getAttribute("alt") ?? element.getAttribute("aria-label") ?? element.getAttribute("aria-labelledby") ?? "";
  const pictures = own("img, svg").filter(
    (one) => !one.closest("[aria-hidden=true]") && !(one.matches("img") && one.getAttribute("alt") === ""),
  );
  const levels = own("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.tagName[1]));
  const root = document.documentElement;
  return {
    title: document.title,
    spoken: root.lang,
    levels,
    landmarks: ["header", "nav", "main", "footer"].filter((name) => document.querySelector(`body > ${name}, body > * > ${name}`)),
    nameless: pictures.filter((one) => !named(one).trim()).map((one) => one.outerHTML.slice(0, 120)),
    tables: own("main table").filter(
      (table) => !table.caption || table.querySelector("th:not([scope])") || !table.querySelector("th"),
    ).length,
    overflow: root.scrollWidth - root.clientWidth,
    contrasts: contrasts(),
  };

  function contrasts() {
    const found = [];
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg, #operations")) continue;
      const ratio = between(rgb(getComputedStyle(element).color), ground(element));
      found.push([Math.round(ratio * 100) / 100, texts.currentNode.data.trim().slice(0, 40)]);
    }
    return found.sort((one, other) => one[0] - other[0]).slice(0, 3);
  }
  function rgb(colour) {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { parts: [red, green, blue], alpha };
  }
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return rgb("rgb(255, 255, 255)");
  }
  // WCAG 2.2, relative luminance and contrast ratio.
  function luminance({ parts }) {
    const [red, green, blue] = parts.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function between(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
}

async function look(browser, visit) {
  const { url, width = 1200, height = 900, scheme = "light", language = "en", picture = null } = visit;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language });
  const seen = { requests: [], sockets: [], console: [], violations: [] };
  context.on("request", (request) => seen.requests.push(request.url()));
  const page = await context.newPage();
  page.on("websocket", (socket) => seen.sockets.push(socket.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  await page.exposeFunction("violated", (what) => seen.violations.push(what));
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) => window.violated(`${event.violatedDirective} ${event.blockedURI}`)),
  );
  const answer = await page.goto(url, { waitUntil: "networkidle" });
  seen.status = answer.status();
  Object.assign(seen, await page.evaluate(inspect));
  if (picture !== null) await page.screenshot({ path: picture, fullPage: visit.full ?? true });
  await context.close();
  return seen;
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [...QUIET, ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
});
try {
  const seen = [];
  for (const visit of JSON.parse(readFileSync(0, "utf8"))) seen.push(await look(browser, visit));
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
