(() => {
  "use strict";
  // One button copies the draft with its headings, for Word; selecting by hand works as well.
  for (const place of document.querySelectorAll("section.draft")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "@copy";
    const note = document.createElement("span");
    note.setAttribute("role", "status");
    button.addEventListener("click", () => {
      const chosen = window.getSelection(), range = document.createRange();
      range.selectNodeContents(place);
      chosen.removeAllRanges();
      chosen.addRange(range);
      note.textContent = " " + (document.execCommand("copy") ? "@copied" : "@selected");
    });
    place.before(button, note);
  }
})();
