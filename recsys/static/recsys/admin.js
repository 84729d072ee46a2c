// Names the search fields that select2 draws after the labels of what they stand for.
"use strict";

function nameSearchFields() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const drawn = select.nextElementSibling;
    if (!label || !drawn) continue;
    const name = label.textContent.trim();
    const parts = ".select2-selection--single, .select2-selection__rendered[role], .select2-search__field";
    for (const part of drawn.querySelectorAll(parts)) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
}

// Select2 draws its fields at a time of its own.
new MutationObserver(nameSearchFields).observe(document.documentElement, { childList: true, subtree: true });
