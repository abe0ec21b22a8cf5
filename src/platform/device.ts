/** The device behind core's `DevicePort`: what it is, installation, push, storage. */
import type { DevicePort } from '../core/ports.ts'
import { isInstalled, type Install } from './install.ts'
import { close, setBadge, settle } from './notices.ts'
import { pushState, subscribe, subscription, unsubscribe } from './push.ts'

/** By user agent, because what people have to be shown (menus, gestures) follows the platform and not a feature. */
export function platformOf({ userAgent, maxTouchPoints }: { userAgent: string; maxTouchPoints: number }) {
  if (/android/i.test(userAgent)) return 'android'
  // An iPad calls itself a Mac; no Mac has a touch screen.
  const ios = /iphone|ipad|ipod/i.test(userAgent) || (/macintosh/i.test(userAgent) && maxTouchPoints > 1)
  return ios ? 'ios' : 'desktop'
}

async function persist(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist())
  } catch {
    return false
  }
}

/** What cannot be done now is with the next change. */
async function withNotices(act: (shows: ServiceWorkerRegistration) => Promise<void>): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.getRegistration()
    if (registration) await act(registration)
  } catch {
    // No worker, or no permission any more: then nothing is shown either.
  }
}

/** `install` comes from `watchInstall()`, which has to run before anything else. */
export function openDevice(install: Install): DevicePort {
  const platform = platformOf(navigator)
  return {
    platform,
    installed: () => isInstalled(),
    install: () => install.ask(),
    onInstallable: (run) => install.onInstallable(run),
    pushState: () => pushState({ ios: platform === 'ios', installed: isInstalled() }),
    subscribe,
    subscription,
    unsubscribe,
    persist,
    settleNotices: (alerts, looked) => withNotices((shows) => settle(shows, alerts, looked)),
    closeNotices: (rooms) => withNotices((shows) => close(shows, rooms)),
    setBadge,
  }
}
