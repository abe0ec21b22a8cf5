/** What scrolls an element: its pane where there are panes, the page otherwise (`TwoPanes`). */
export function scrollerOf(element: HTMLElement): HTMLElement {
  for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(e).overflowY)) return e
  }
  return document.documentElement
}
