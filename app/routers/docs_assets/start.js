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
