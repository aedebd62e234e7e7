(() => {
  "use strict";
  // One button copies the draft with its headings, for Word; selecting by hand works as well.
  for (const place of document.querySelectorAll("section.draft")) {
    const vi = document.documentElement.lang !== "en";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = vi ? "Chép toàn bộ dự thảo" : "Copy the whole draft";
    const note = document.createElement("span");
    note.setAttribute("role", "status");
    button.addEventListener("click", () => {
      const chosen = window.getSelection(), range = document.createRange();
      range.selectNodeContents(place);
      chosen.removeAllRanges();
      chosen.addRange(range);
      note.textContent = document.execCommand("copy") ? (vi ? " Đã chép; dán vào Word." : " Copied; paste it into Word.") : (vi ? " Đã chọn; bấm Ctrl+C." : " Selected; press Ctrl+C.");
    });
    place.before(button, note);
  }
})();
