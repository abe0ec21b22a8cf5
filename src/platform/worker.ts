/**
 * Registers the service worker and tells of a new version that waits. Not vite-plugin-pwa's `registerSW()`: it hands the
 * browser a plain text where Trusted Types ask for more, and its first "reload" does nothing.
 */
import { Workbox } from 'workbox-window'
import type { Updates } from '../core/ports.ts'

const WORKER = '/sw.js'
/** An installed app may stay open for weeks, ms. */
const LOOK_FOR_UPDATE = 3600_000

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

/** `trouble`: the worker could not be installed; the next start tries again. */
export function registerWorker(trouble: (error: unknown) => void): Updates {
  const listeners = new Set<(waits: boolean) => void>()
  let waits = false
  let asked = false
  const none: Updates = { onWaiting: () => () => {}, apply: () => {} }
  if (!('serviceWorker' in navigator)) return none
  try {
    // Where storage is denied this throws, and Workbox would hand on a rejection that nobody awaits.
    void navigator.serviceWorker.controller
  } catch {
    return none
  }

  const workbox = new Workbox(trusted(WORKER))
  /** Another window has taken the new version: this one runs on files that are gone, and only a reload helps. */
  let overtaken = false
  const tell = () => {
    waits = true
    listeners.forEach((run) => run(waits))
  }
  workbox.addEventListener('waiting', tell)
  const first = navigator.serviceWorker.controller === null
  let changes = 0
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    changes += 1
    // The very first worker replaces nothing.
    if (first && changes === 1) return
    // Only after the person has asked, or where nobody looks: never under somebody who writes.
    if (asked || document.visibilityState === 'hidden') return window.location.reload()
    overtaken = true
    tell()
  })
  workbox.register().catch(trouble)
  setInterval(() => void workbox.update().catch(() => {}), LOOK_FOR_UPDATE)
  return {
    onWaiting(run) {
      listeners.add(run)
      run(waits)
      return () => listeners.delete(run)
    },
    apply() {
      asked = true
      if (overtaken) window.location.reload()
      else workbox.messageSkipWaiting()
    },
  }
}
