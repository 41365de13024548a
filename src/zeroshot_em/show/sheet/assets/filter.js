(() => {
  "use strict";
  const [search, warned, found] = ["search", "warned", "found"].map((id) => document.getElementById(id));
  const cards = [...document.querySelectorAll(".card")];
  const texts = cards.map((card) => card.textContent.toLowerCase());

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card, place) => {
      const fits = words.every((word) => texts[place].includes(word));
      card.hidden = !fits || (warned.checked && !("warned" in card.dataset));
      shown += card.hidden ? 0 : 1;
    });
    found.textContent = shown < cards.length ? `${shown} of ${cards.length} shown` : "";
  }

  search.addEventListener("input", show);
  warned.addEventListener("change", show);
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  show();
})();
