/**
 * Registers the service worker and tells of a new version that waits. Updates are followed here: workbox-window loses
 * sight of the registration after its second update, also when that one's download broke off. Rules UPDATE-* in docs/spec.md.
 */
import { messageSW, Workbox } from 'workbox-window'
import type { Updates } from '../core/ports.ts'

const WORKER = '/sw.js'
/** An installed app may stay open for weeks; and after a download that broke off, ms. */
const [LOOK_FOR_UPDATE, RETRY] = [3600_000, 5 * 60_000]

interface Policy {
  createScriptURL(url: string): string
}
/** In Chromium and Safari; TypeScript's library does not have it yet. */
const factory = (window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes

function trusted(url: string): string {
  const policy = factory?.createPolicy('sw', {
    createScriptURL(asked) {
      if (asked !== WORKER) throw new TypeError(`no worker of ours: ${asked}`)
      return asked
    },
  })
  return policy ? policy.createScriptURL(url) : url
}

/** Null where there are none, or storage is denied: then every look at it throws. */
function container(): ServiceWorkerContainer | null {
  try {
    const found = navigator.serviceWorker as ServiceWorkerContainer | undefined
    return found && found.controller !== undefined ? found : null
  } catch {
    return null
  }
}

/** Whether a field holds text that a reload might lose. */
const somebodyWrites = () =>
  [...document.querySelectorAll<HTMLInputElement>('textarea, input:not([type=radio], [type=checkbox])')].some(
    (field) => field.value !== '',
  )

/** `trouble`: the worker could not be registered; the next start, or the next look, tries again. */
export function registerWorker(trouble: (error: unknown) => void): Updates {
  const worker = container()
  if (!worker) return { onWaiting: () => () => {}, apply: () => {} }
  const script = trusted(WORKER)
  const listeners = new Set<(waits: boolean) => void>()
  let registration: ServiceWorkerRegistration | null = null
  let [waits, asked] = [false, false]
  /** Another window has taken the new version: this one goes on with the old files until it may be loaded anew. */
  let overtaken = false

  function tell(): void {
    waits = true
    listeners.forEach((run) => run(waits))
  }

  /** The very first worker replaces nothing: no version waits when it is there. */
  function follow(next: ServiceWorker | null, { active }: ServiceWorkerRegistration): void {
    let arrived = false
    next?.addEventListener('statechange', () => {
      arrived ||= next.state === 'installed'
      if (next.state === 'installed' && active) tell()
      if (next.state === 'redundant' && !arrived) setTimeout(look, RETRY)
    })
  }

  async function register(): Promise<void> {
    // After the page has loaded: what is fetched for later shall not hold up the first paint.
    const found = await new Workbox(script).register()
    if (!found) return
    if (found === registration) return void (await found.update())
    registration = found
    if (worker!.controller) void messageSW(worker!.controller, { type: 'STARTED' })
    found.addEventListener('updatefound', () => follow(found.installing, found))
    follow(found.installing, found)
    if (found.waiting && found.active) tell()
  }
  const look = () => void register().catch(trouble)

  function reloadUnseen(): void {
    if (overtaken && document.visibilityState === 'hidden' && !somebodyWrites()) window.location.reload()
  }

  let controlled = worker.controller !== null
  worker.addEventListener('controllerchange', () => {
    if (!controlled) return void (controlled = true)
    if (asked) return window.location.reload()
    overtaken = true
    tell()
    reloadUnseen()
  })
  document.addEventListener('visibilitychange', reloadUnseen)
  look()
  window.addEventListener('online', look)
  setInterval(look, LOOK_FOR_UPDATE)

  return {
    onWaiting(run) {
      listeners.add(run)
      run(waits)
      return () => listeners.delete(run)
    },
    apply() {
      asked = true
      if (registration?.waiting) void messageSW(registration.waiting, { type: 'SKIP_WAITING' })
      else window.location.reload()
    },
  }
}
