/** Brings the texts of the playbooks on board, one by one, and keeps only what is what its card says (BOOK-2). */
import { bodySchema, partKey, playbooks, type PlaybookEntry } from '../../core/handbook.ts'
import { TYPE } from '../../core/event.ts'
import { parseOrNull } from '../../core/parse.ts'
import { roomsNow, type Context } from './context.ts'
import { keep, type Kept } from './keep.ts'

const RETRY = 15_000

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

/** The whole text of a card; null when a part is missing, older or newer, or the sum is another. */
async function fetchText(
  { ports, matrix, account }: Context,
  { id, room, card }: PlaybookEntry,
): Promise<string | null> {
  const by = account()
  if (!by) return null
  const texts: string[] = []
  for (let part = 0; part < card.parts; part++) {
    const body = parseOrNull(bodySchema, await matrix.stateEvent(by, room, TYPE.playbookBody, partKey(id, part)))
    if (!body || body.version !== card.version) return null
    texts.push(body.markdown)
  }
  const text = texts.join('')
  return hex(await ports.sha256(new TextEncoder().encode(text))) === card.sha256 ? text : null
}

export function loadHandbook(context: Context): Kept {
  const { ports, snapshots } = context
  async function work(): Promise<number | null> {
    const aboard = snapshots.now()?.bodies ?? new Map<string, { sha256: string }>()
    let missing = 0
    for (const entry of playbooks(roomsNow(context))) {
      const { version, sha256 } = entry.card
      if (aboard.get(entry.id)?.sha256 === sha256) continue
      const markdown = await fetchText(context, entry)
      if (markdown === null) missing += 1
      else await ports.projection.putBody(entry.id, { version, sha256, markdown })
    }
    return missing ? RETRY : null
  }
  return keep(ports.clock, work, context.trouble)
}
