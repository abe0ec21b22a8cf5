/**
 * Who is in each alert room and who may alert it, as the homeserver said last: kept on disk, so that a relay which starts
 * anew while no homeserver answers knows whom to ring and by whose word. Rule LAST-4.
 */
import type { DatabaseSync } from 'node:sqlite'
import * as v from 'valibot'
import type { Deployment } from '../../core/deployment.ts'
import { personId, userId, type RoomId } from '../../core/ids.ts'
import { lastSeenOf, type LastSeen } from '../../core/last-resort.ts'
import { parseJson } from '../../core/parse.ts'
import type { Memory } from '../bot/memory.ts'

const seenSchema = v.object({ leads: v.array(userId), people: v.array(personId) })

export interface LastSeenRooms {
  of(room: RoomId): LastSeen | null
  /** Nothing was ever seen, or the file was lost. */
  isEmpty(): boolean
  /** To be called when the bot has learned something: writes what has changed, and lets go of rooms that are gone. */
  note(knowledge: Pick<Memory, 'rooms' | 'people' | 'hasSpace'>): void
}

export function lastSeenRooms(db: DatabaseSync, deployment: () => Deployment): LastSeenRooms {
  const all = db.prepare('SELECT room, seen FROM last_seen')
  const write = db.prepare('INSERT OR REPLACE INTO last_seen (room, seen) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM last_seen WHERE room = ?')
  const kept = new Map<RoomId, LastSeen>()
  /** By which set of people a room was last looked at: memory makes another one when its state has changed. */
  const looked = new Map<RoomId, unknown>()
  for (const row of all.all()) {
    const seen = parseJson(seenSchema, String(row['seen']))
    if (seen.ok) kept.set(String(row['room']) as RoomId, seen.value)
  }

  function keep(id: RoomId, seen: LastSeen | null): void {
    if (JSON.stringify(kept.get(id) ?? null) === JSON.stringify(seen)) return
    if (seen) {
      kept.set(id, seen)
      write.run(id, JSON.stringify(seen))
    } else {
      kept.delete(id)
      remove.run(id)
    }
  }

  return {
    of: (room) => kept.get(room) ?? null,
    isEmpty: () => kept.size === 0,
    note(knowledge) {
      if (!knowledge.hasSpace()) return
      const rooms = new Map(knowledge.rooms().map((room) => [room.id, room]))
      for (const id of kept.keys()) if (!rooms.has(id)) keep(id, null)
      for (const [id, room] of rooms) {
        const people = knowledge.people(id)
        if (looked.get(id) === people) continue
        looked.set(id, people)
        keep(id, lastSeenOf(deployment(), room))
      }
    },
  }
}
