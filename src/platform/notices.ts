/** Notifications and the number on the icon, as page and worker show them. */
import { fateOf, readNotice, receipt, type AlertStands, type NoticeOptions } from '../core/notice.ts'

/** As much of `ServiceWorkerRegistration` as is needed. */
export interface Shows {
  getNotifications(): Promise<readonly { readonly data: unknown; close(): void }[]>
  showNotification(title: string, options: NoticeOptions): Promise<void>
}

/** What is shown goes, or changes, as what is known of its alert says (NOTICE-6). */
export async function settle(shows: Shows, alerts: readonly AlertStands[], looked: boolean): Promise<void> {
  for (const shown of await shows.getNotifications()) {
    const notice = readNotice(shown.data)
    const fate = notice ? fateOf(notice, alerts, looked) : 'stays'
    if (fate === 'goes') shown.close()
    else if (fate !== 'stays' && notice?.revision) {
      const { title, options } = receipt({ ...notice, revision: notice.revision }, fate.receipt)
      await shows.showNotification(title, options)
    }
  }
}

/** Those with one of these tags go. */
export async function close(
  shows: Pick<ServiceWorkerRegistration, 'getNotifications'>,
  tags: readonly string[],
): Promise<void> {
  for (const shown of await shows.getNotifications()) if (tags.includes(shown.tag)) shown.close()
}

/** Not every system has one, and some refuse it. */
export function setBadge(count: number): void {
  const { setAppBadge } = navigator as { setAppBadge?(count: number): Promise<void> }
  void setAppBadge?.call(navigator, count).catch(() => undefined)
}
