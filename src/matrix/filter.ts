/** The sync filter that names the agency's rooms. Source: Matrix client-server API, "Filtering". */
import { TYPE } from '../core/event.ts'
import type { RoomId } from '../core/ids.ts'

/** Events of a room in one sync; older ones are fetched (gaps.ts). */
const TIMELINE = 8
/** Synapse repeats its answer to the same first sync for two minutes: another limit is another question. */
const VARIED = 16
/** Texts of playbooks are fetched one by one. They have to be left out of state and of timeline: one of them is not enough. */
export const LEFT_OUT = [TYPE.playbookBody]
const NOTHING = { types: [] }

/** `vary` in [0, 1): for a first sync, a random number. */
export const filterOf = (rooms: readonly RoomId[], vary = 0) => ({
  presence: NOTHING,
  account_data: { types: [`${TYPE.read}.*`] },
  room: {
    rooms: [...rooms],
    account_data: NOTHING,
    ephemeral: NOTHING,
    state: { lazy_load_members: true, not_types: LEFT_OUT },
    timeline: { lazy_load_members: true, not_types: LEFT_OUT, limit: TIMELINE + Math.floor(vary * VARIED) },
  },
})
