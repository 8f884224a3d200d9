// A certified OpenID provider on loopback, for programs that sign in by client credentials. Takes the claims of each
// as JSON, {name: claims}, in its first argument, says where it is in one line, and leaves when its input ends. The
// secret of each is its name. POST /rotation: from then on it signs by another key, of another kind, and knows no other.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const claims = JSON.parse(process.argv[2]);
const kinds = [
  ["ES256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["RS256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
];

function provider(issuer) {
  const [alg, generate] = kinds.shift();
  const key = { ...generate().privateKey.export({ format: "jwk" }), kid: randomUUID(), alg, use: "sig" };
  return new Provider(issuer, {
    jwks: { keys: [key] },
    clientDefaults: { id_token_signed_response_alg: alg },
    clients: Object.keys(claims).map((name) => ({
      client_id: name,
      client_secret: name,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    })),
    extraTokenClaims: (_ctx, token) => claims[token.clientId],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: "",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg } },
        }),
      },
    },
  }).callback();
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let answer = provider(issuer);
  server.on("request", (request, response) => {
    if (request.url === "/rotation" && request.method === "POST") {
      answer = provider(issuer);
      response.writeHead(204).end();
    } else answer(request, response);
  });
  process.stdout.write(`${issuer}\n`);
});
process.stdin.on("end", () => process.exit()).resume();
