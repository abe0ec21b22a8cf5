/** Rooms, events and items as the tests of core need them. */
import fc from 'fast-check'
import type { AlertRevision } from '../../../src/core/alert.ts'
import type { RoomEvent } from '../../../src/core/event.ts'
import type { OutboxItem } from '../../../src/core/outbox.ts'
import type { RoomId } from '../../../src/core/ids.ts'
import { stateKey, type AgencyRoom, type RoomKind, type RoomRecord } from '../../../src/core/room.ts'
import { ALL, alertContent, person } from '../../fakes/agency.ts'

export const NOW = 1_800_000_000_000
export const ROOM: RoomId = '!room'
export const uuidOf = (nr: number): string => `0198aaaa-0000-7000-8000-${nr.toString(16).padStart(12, '0')}`

export const event = (type: string, content: Record<string, unknown>, changes: Partial<RoomEvent> = {}): RoomEvent => ({
  event_id: '$event',
  room_id: ROOM,
  sender: '@chief:a.example',
  type,
  content,
  origin_server_ts: NOW,
  ...changes,
})
export const state = (type: string, content: Record<string, unknown>, changes: Partial<RoomEvent> = {}): RoomEvent =>
  event(type, content, { state_key: '', ...changes })

/** As provisioning writes them: 50 to send and to set, chief has 50. */
export const levels = (changes: Record<string, unknown> = {}): RoomEvent =>
  state('m.room.power_levels', {
    users: { '@chief:a.example': 50, '@chief:b.example': 50 },
    events_default: 50,
    state_default: 50,
    ...changes,
  })

export const record = (id: RoomId, states: RoomEvent[], timeline: RoomEvent[] = []): RoomRecord => ({
  id,
  state: new Map(states.map((e) => [stateKey(e.type, e.state_key), e])),
  timeline,
})
export const room = (kind: RoomKind, states: RoomEvent[] = [levels()], timeline: RoomEvent[] = []): AgencyRoom => ({
  id: ROOM,
  kind,
  title: 'Raum',
  encrypted: false,
  record: record(ROOM, states, timeline),
})

export const revision = (
  content: Partial<AlertRevision['content']> = {},
  changes: Partial<AlertRevision> = {},
): AlertRevision => ({
  content: alertContent(NOW, content),
  event_id: '$alert',
  room_id: ALL,
  sender: '@chief:a.example',
  at: NOW,
  ...changes,
})

export const message = (seq: number, changes: Partial<OutboxItem> = {}, to: RoomId = ROOM): OutboxItem => ({
  client_id: uuidOf(seq),
  person: person('anna'),
  seq,
  created: NOW,
  attempts: 0,
  payload: { kind: 'event', room: to, type: 'm.room.message', content: { msgtype: 'm.text', body: `Zeile ${seq}` } },
  delivery: { state: 'saved' },
  ...changes,
})
export const answer = (seq: number, changes: Partial<OutboxItem> = {}): OutboxItem =>
  message(seq, {
    payload: { kind: 'response', response: { id: uuidOf(seq), alert: uuidOf(0xa), key: 'ok', at: NOW } },
    ...changes,
  })

/** `valid` with one value somewhere in it replaced by anything, or left out. */
export function spoiled(valid: unknown): fc.Arbitrary<unknown> {
  const paths = (value: unknown, path: string[] = []): string[][] =>
    value !== null && typeof value === 'object'
      ? [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))]
      : [path]
  const replace = (value: unknown, [key, ...rest]: string[], by: unknown): unknown => {
    if (key === undefined) return by
    if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? replace(inner, rest, by) : inner))
    const inner = (value as Record<string, unknown>)[key]
    return { ...(value as object), [key]: replace(inner, rest, by) }
  }
  return fc.tuple(fc.constantFrom(...paths(valid)), fc.anything()).map(([path, by]) => replace(valid, path, by))
}
