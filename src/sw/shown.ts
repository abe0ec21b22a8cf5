/** Tells a relay that an alert stands on this device's screen (REACH-2). Without a relay that takes it, it stays unknown. */
import type { AlertRevision } from '../core/alert.ts'
import type { InboxDoor } from '../platform/inbox.ts'
import { ask } from '../platform/relays.ts'

export async function tellShown({ content }: AlertRevision, inbox: Pick<InboxDoor, 'access'>): Promise<void> {
  const access = await inbox.access()
  const body = JSON.stringify({ v: 1, alert: content.id, rev: content.rev })
  for (const { url } of access?.relays ?? []) {
    const { status } = await ask(`${url}/v1/shown`, { method: 'POST', bearer: access!.bearer, body })
    if (status === 200) return
  }
}
