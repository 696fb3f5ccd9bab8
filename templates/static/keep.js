// Keep what is typed into an answer's form while it is typed. The page does all of it without this, by a button.
"use strict";

for (const form of document.querySelectorAll("form[data-keeps]")) {
  const said = form.querySelector(".kept");
  let waiting = 0;
  let changed = false;

  const keep = async () => {
    clearTimeout(waiting);
    if (!changed) return;
    changed = false;
    const typed = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) typed.delete(input.name);
    typed.append("save", "by itself");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(typed), keepalive: true });
      // What is not kept is not said to be.
      said.textContent = answer.status === 204 ? form.dataset.keeps : "";
    } catch {
      changed = true; // without a connection: with the next letter
      said.textContent = "";
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    changed = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1500);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    // What comes with files can be too much, and is then refused with all that is typed.
    if ([...form.querySelectorAll("input[type=file]")].some((input) => input.files.length > 0)) keep();
    changed = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
}
