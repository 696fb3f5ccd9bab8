// Press the only button of the page: this browser asked for the link. Without this one presses it oneself.
"use strict";

document.querySelector("form.sign-in").requestSubmit();
