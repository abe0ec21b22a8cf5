/**
 * Power levels of every kind of room, written out whole: an override at creation replaces Synapse's map of `events`, and
 * `invite` would default to 0 (docs/protocol.md, Rooms). Creators stand above all levels and must not be listed.
 */
import { LEAD_POWER, type RoomKind } from '../../core/room.ts'
import type { UserId } from '../../core/ids.ts'

/** More people than this may not react: each reaction goes to everybody, which is quadratic. */
const REACTIONS_UP_TO = 50

export interface PowerLevels {
  users: Record<UserId, number>
  users_default: number
  events: Record<string, number>
  events_default: number
  state_default: number
  invite: number
  kick: number
  ban: number
  redact: number
}

/** `managers` are the Matrix ids of all managers at all sites; `people` counts persons, not accounts. */
export function powerLevels(kind: RoomKind | 'space', managers: UserId[], people: number): PowerLevels {
  const open = kind === 'staff' || kind === 'team'
  const mayReact = open || (kind === 'alert' && people <= REACTIONS_UP_TO)
  return {
    users: Object.fromEntries(managers.map((user) => [user, LEAD_POWER])),
    users_default: 0,
    events: {
      'm.reaction': mayReact ? 0 : LEAD_POWER,
      // Whoever may react may take it back; others' events stay out of reach, that needs `redact`.
      'm.room.redaction': 0,
      'm.room.power_levels': 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
      'm.room.history_visibility': 100,
      'm.room.join_rules': 100,
      'm.room.tombstone': 150,
    },
    events_default: open ? 0 : LEAD_POWER,
    state_default: LEAD_POWER,
    invite: LEAD_POWER,
    kick: LEAD_POWER,
    ban: LEAD_POWER,
    redact: LEAD_POWER,
  }
}
