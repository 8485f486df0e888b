// The page is whole without this. With it: how long ago the last news is, and a fresh page for
// whoever comes back to it.
(() => {
  const page = document.documentElement;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const ago = new Intl.RelativeTimeFormat(page.lang, { numeric: "auto" });
  for (const place of document.querySelectorAll("[data-ago]")) {
    const time = place.querySelector("time[data-instant]");
    const seconds = time ? (Date.parse(time.dateTime) - Date.now()) / 1000 : NaN;
    if (!(seconds < 0)) continue;
    const [unit, length] = units.find(([, length]) => -seconds >= length) ?? units[2];
    place.append(" · " + ago.format(Math.round(seconds / length), unit));
  }
  if (document.querySelector("main[data-final]")) return;
  const opened = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - opened > 300000) location.reload();
  });
})();
