// Swagger UI has a dark look of its own, which it would only show at a click.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
// Addresses are relative, so that the pages also work behind a proxy that adds a path in front.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  displayRequestDuration: true,
  validatorUrl: null, // by default the contract's address would be sent to a service on the internet
});
