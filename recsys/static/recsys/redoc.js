"use strict";

const api = document.getElementById("api");
Redoc.init(api.dataset.schema, { nativeScrollbars: true, hideDownloadButton: false }, api);
