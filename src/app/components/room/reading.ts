/**
 * Where somebody reads in a growing list: at the newest it follows, further up it stays and counts what is new below.
 * The list does not scroll itself; its pane or the page does, whichever the layout has.
 */
import { nextTick, onMounted, onScopeDispose, ref, watch, type Ref } from 'vue'
import { scrollerOf } from '../../scroller.ts'

/** Nearer than this to the end counts as the end, px. */
const NEAR = 64
/** Nearer than this to the start, older lines are fetched: before anybody gets there. */
const AHEAD = 400

/**
 * `keys` of the lines, oldest first; `own` says of a line whether the reader wrote it: then it is shown at once.
 * `seen` is called whenever the newest line is on a visible screen, `older` whenever the oldest one is near.
 */
export function useReading(
  list: Readonly<Ref<HTMLElement | null>>,
  keys: () => readonly string[],
  own: (key: string) => boolean,
  seen: () => void,
  older: () => void,
) {
  const fresh = ref(0)
  let scroller: HTMLElement | null = null
  let following = true

  const distance = () => (scroller ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop : 0)
  const look = () => {
    if (following && document.visibilityState === 'visible') seen()
  }
  function toEnd() {
    following = true
    fresh.value = 0
    if (scroller) scroller.scrollTop = scroller.scrollHeight
    look()
  }
  const lookBack = () => {
    if (scroller && scroller.scrollTop < AHEAD) older()
  }
  function scrolled() {
    lookBack()
    following = distance() < NEAR
    if (!following) return
    fresh.value = 0
    look()
  }
  const stop = new AbortController()
  let left = new AbortController()
  onScopeDispose(() => {
    stop.abort()
    left.abort()
  })
  /** Another width may have other panes, and so another scroller. */
  function findScroller() {
    const found = list.value && scrollerOf(list.value)
    if (!found || found === scroller) return
    left.abort()
    left = new AbortController()
    scroller = found
    const { signal } = left
    const source = found === document.documentElement ? document : found
    source.addEventListener('scroll', scrolled, { passive: true, signal })
  }
  /** The keyboard came up, the window was turned, or the field below grew. */
  const resized = () => {
    findScroller()
    if (following) toEnd()
  }

  onMounted(() => {
    if (!list.value) return
    findScroller()
    const { signal } = stop
    window.addEventListener('resize', resized, { signal })
    const growth = new ResizeObserver(resized)
    growth.observe(list.value.parentElement ?? list.value)
    signal.addEventListener('abort', () => growth.disconnect())
    document.addEventListener('visibilitychange', look, { signal })
    toEnd()
    lookBack()
  })

  watch(keys, async (now, before) => {
    const known = new Set(before)
    const first = Math.max(
      0,
      now.findIndex((key) => known.has(key)),
    )
    const added = now.slice(first).filter((key) => !known.has(key))
    const below = scroller ? scroller.scrollHeight - scroller.scrollTop : 0
    await nextTick()
    if (following || added.some(own)) toEnd()
    else {
      fresh.value += added.length
      // Older lines came above: the one that is being read stays where it is.
      if (first > 0 && scroller) scroller.scrollTop = scroller.scrollHeight - below
    }
    lookBack()
  })

  return { fresh, toEnd }
}
