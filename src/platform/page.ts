/** A page that is about to end, to be frozen or to be put by for the way back, and the same page when it goes on. */

/** Each may be told twice, and `enter` at the start too. */
export function followPage(page: Window, leave: () => void, enter: () => void): void {
  const { document } = page
  document.addEventListener('freeze', leave)
  document.addEventListener('resume', enter)
  page.addEventListener('pagehide', leave)
  page.addEventListener('pageshow', enter)
}

export interface Presence {
  isAway(): boolean
  /** How often it has left. */
  left(): number
  /** Resolves while the page is there; of one that ends, never. */
  back(): Promise<void>
  onLeave(run: () => void): void
}

export function presenceOf(page: Window): Presence {
  const { document } = page
  const leavers: (() => void)[] = []
  let left = 0
  let away: PromiseWithResolvers<void> | null = null
  function leave(): void {
    if (away) return
    away = Promise.withResolvers()
    left += 1
    leavers.forEach((run) => run())
  }
  function enter(): void {
    away?.resolve()
    away = null
  }
  followPage(page, leave, enter)
  // Whatever a browser forgets to tell: what somebody looks at is there.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && enter())
  return {
    isAway: () => away !== null,
    left: () => left,
    back: async () => away?.promise,
    onLeave: (run) => void leavers.push(run),
  }
}
