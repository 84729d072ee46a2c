"use strict";

// The address of a call is a link within the button that opens it: to be opened twice by the
// keyboard, and read out as one thing in another. The button is enough, and notes the address.
const plainAddresses = ({ React }) => ({
  wrapComponents: {
    DeepLink: () => ({ text }) => React.createElement("span", null, text),
  },
});

SwaggerUIBundle({
  url: document.getElementById("api").dataset.schema,
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  plugins: [plainAddresses],
  tryItOutEnabled: true,
  validatorUrl: null,
});
