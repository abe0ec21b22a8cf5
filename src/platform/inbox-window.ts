/**
 * The inbox as a window uses it. Several windows may be open, and a click on a notification brings one of them to the
 * front: only a visible one takes the link, and one that becomes visible looks whether something came meanwhile (an iOS
 * web app that was asleep gets no message at all).
 */
import { openInbox, type OpenInbox } from './inbox.ts'

export function openWindowInbox(page: Document = document, inbox: OpenInbox = openInbox()): OpenInbox {
  const visible = () => page.visibilityState === 'visible'
  return {
    ...inbox,
    takeDeepLink: async () => (visible() ? inbox.takeDeepLink() : null),
    onChange(run) {
      const look = () => {
        if (visible()) run()
      }
      const stop = inbox.onChange(run)
      page.addEventListener('visibilitychange', look)
      return () => {
        stop()
        page.removeEventListener('visibilitychange', look)
      }
    },
  }
}
