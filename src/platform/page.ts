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
  /** Resolves while the page is there; of one that ends, never. */
  back(): Promise<void>
  onLeave(run: () => void): void
}

export function presenceOf(page: Window): Presence {
  const leavers: (() => void)[] = []
  let away: PromiseWithResolvers<void> | null = null
  followPage(
    page,
    () => {
      if (away) return
      away = Promise.withResolvers()
      leavers.forEach((run) => run())
    },
    () => {
      away?.resolve()
      away = null
    },
  )
  return {
    isAway: () => away !== null,
    back: async () => away?.promise,
    onLeave: (run) => void leavers.push(run),
  }
}
