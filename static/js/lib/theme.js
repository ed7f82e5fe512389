/** Light, dark or as the system has it. A classic script in the head, so that no page flashes in the wrong colours. */
(() => {
  const STORED = "looktag.theme";
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  const stored = localStorage.getItem(STORED);
  root.dataset.theme = ORDER.includes(stored) ? stored : "auto";

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      const show = () => {
        const label = button.getAttribute(`data-label-${root.dataset.theme}`);
        button.setAttribute("aria-label", label);
        button.title = label;
      };
      button.addEventListener("click", () => {
        root.dataset.theme = ORDER[(ORDER.indexOf(root.dataset.theme) + 1) % ORDER.length];
        localStorage.setItem(STORED, root.dataset.theme);
        show();
      });
      show();
    }
  });
})();
