/** Everything that is read: the projection, folded by core into what screens show. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { byUrgency, type AlertRevision } from '../../core/alert.ts'
import { personOf } from '../../core/deployment.ts'
import { contactLists, playbooks as playbookEntries } from '../../core/handbook.ts'
import { TYPE } from '../../core/event.ts'
import { proposalIn } from '../../core/proposal.ts'
import {
  agencyRoom,
  agencyRooms,
  maySend,
  maySendAlert,
  peopleOf,
  type AgencyRoom,
  type RoomRecord,
} from '../../core/room.ts'
import { readAt } from '../../core/read-position.ts'
import type { TallyEntry } from '../../core/response.ts'
import type { TimelineEntry } from '../../core/timeline.ts'
import type { AlertId, RoomId, UserId } from '../../core/ids.ts'
import { keepSnapshot, type Snapshot } from '../engine/snapshot.ts'
import { useNow } from '../now.ts'
import { recall, remember } from '../memory.ts'
import { usePorts } from '../ports.ts'
import { alertViews } from '../folds/alerts.ts'
import { playbookView } from '../folds/handbook.ts'
import { ofEach } from '../folds/of-each.ts'
import { roomView } from '../folds/rooms.ts'
import { entriesOfTally, tallyView } from '../folds/tally.ts'
import { timelinesFor } from '../folds/timelines.ts'
import { useOutbox } from './outbox.ts'
import { useSession } from './session.ts'
import { useTallies } from './tallies.ts'
import type { AlertView, PlaybookView, RoomView, TallyView } from '../views.ts'

const readRoom = ofEach(agencyRoom)
const byNewest = (a: RoomView, b: RoomView) => (b.last?.at ?? 0) - (a.last?.at ?? 0) || a.title.localeCompare(b.title)

/** Rooms that are remembered under a key, as they are now. */
function rememberedRooms(key: 'counted' | 'muted') {
  const { settings } = usePorts()
  const rooms = shallowRef<RoomId[]>([])
  const load = async () => void (rooms.value = (await recall(settings, key)) ?? [])
  settings.onChange((changed) => void (changed === key && load()))
  void load()
  return rooms
}

export const useAgency = defineStore('agency', () => {
  const ports = usePorts()
  const session = useSession()
  const outbox = useOutbox()
  const now = useNow()
  const snapshot = shallowRef<Snapshot | null>(null)
  const pushed = shallowRef<{ revision: AlertRevision; received_at: number }[]>([])

  const snapshots = keepSnapshot(ports.projection, () => {})
  snapshots.onChange(() => (snapshot.value = snapshots.now()))
  const loadPushed = async () => void (pushed.value = await ports.inbox.alerts().catch(() => []))
  ports.inbox.onChange(() => void loadPushed())
  void loadPushed()
  const counted = rememberedRooms('counted')
  const muted = rememberedRooms('muted')

  /** The agency's rooms; none while signed out, whatever is still on the disk. */
  const records = computed(() => snapshot.value?.rooms)
  const agency = computed(() => {
    const { deployment } = session
    return deployment && session.session && records.value ? agencyRooms(deployment.space, records.value, readRoom) : []
  })
  const accounts = computed(() => session.session?.accounts ?? [])
  const byId = computed(() => new Map(agency.value.map((room) => [room.id, room])))

  const peopleIn = computed(() => {
    const { deployment } = session
    return ofEach((record: RoomRecord) => (deployment ? peopleOf(deployment, record) : []))
  })
  const names = computed(() => {
    const all = agency.value.flatMap((room) => peopleIn.value(room.record))
    return new Map(all.map(({ person, name }) => [person as string, name]))
  })
  function nameOf(user: UserId): string {
    const { deployment } = session
    const person: string = deployment ? personOf(deployment, user) : user
    if (deployment?.sites.some((site) => site.bot === user)) return deployment.agency.short
    return names.value.get(person) ?? person
  }

  const bodies = computed(() => snapshot.value?.bodies ?? new Map<string, { sha256: string }>())
  const cards = computed(() => playbookEntries(agency.value))
  const playbooks = computed<PlaybookView[]>(() =>
    cards.value.map((entry) => playbookView(entry, bodies.value, now.value)),
  )

  const proposal = computed(() => proposalIn(agency.value)?.proposal ?? null)
  /** A proposal rings like an alert, and is shown as what it is as soon as its room is here (SWITCH-5). */
  const isProposal = ({ revision: { room_id, content } }: (typeof pushed.value)[number]) =>
    byId.value.get(room_id)?.kind === 'lage' && (proposal.value?.at ?? 0) >= content.effective

  const lage = computed(() => agency.value.filter(({ kind }) => kind === 'lage'))
  /** The alert of a tally that is looked at, which may have ended long ago. */
  const looked = shallowRef<AlertId | null>(null)
  const tallies = useTallies(
    ports.projection,
    () =>
      lage.value.length
        ? [...new Set([...open.value.map(({ id }) => id), ...(looked.value ? [looked.value] : [])])]
        : [],
    (id) => byId.value.get(id)?.kind === 'lage',
  )
  /** What this person has answered on whatever device: members of the Lage room can read it (ANSWER-12). */
  function tallied(id: AlertId): TallyEntry | undefined {
    const events = session.person && lage.value.length ? tallies(id) : undefined
    return events && session.person ? entriesOfTally(id, lage.value, events).get(session.person) : undefined
  }

  const alerts = computed<AlertView[]>(() =>
    alertViews({
      rooms: agency.value,
      pushed: session.session ? pushed.value.filter((push) => !isProposal(push)) : [],
      outbox: outbox.items,
      outboxRead: outbox.read,
      responses: outbox.responses,
      tallied,
      language: session.language,
      now: now.value,
      nameOf,
      playbooks: playbooks.value,
    }).toSorted((a, b) => byUrgency((alert) => (alert === a.alert ? a.waits : b.waits))(a.alert, b.alert)),
  )
  const isOpen = ({ phase }: AlertView) => phase === 'open' || phase === 'announced'
  const open = computed(() => alerts.value.filter(isOpen))
  const past = computed(() =>
    alerts.value.filter((a) => !isOpen(a)).toSorted((a, b) => b.alert.current.at - a.alert.current.at),
  )

  const timelines = computed(() => {
    const { deployment, person } = session
    return deployment && person ? timelinesFor(deployment, person) : null
  })
  const entriesOf = (room: AgencyRoom) => timelines.value?.(room, outbox.items) ?? []
  const readUpTo = computed(() => snapshot.value?.read)

  const rooms = computed<RoomView[]>(() => {
    const { person } = session
    if (!person) return []
    return agency.value
      .filter(({ kind }) => kind === 'alert' || kind === 'staff' || kind === 'team')
      .map((room) =>
        roomView(room, {
          person,
          accounts: accounts.value,
          outbox: outbox.items,
          entries: entriesOf(room),
          people: peopleIn.value(room.record).length,
          read: readUpTo.value?.get(room.id) ?? 0,
          muted: muted.value.includes(room.id),
        }),
      )
      .toSorted(byNewest)
  })

  function timeline(id: RoomId): TimelineEntry[] {
    const room = byId.value.get(id)
    return room ? entriesOf(room) : []
  }

  const leads = (id: RoomId) => {
    const room = byId.value.get(id)
    return room !== undefined && accounts.value.some(({ user }) => maySendAlert(room, user))
  }
  const people = (ids: readonly RoomId[]) => {
    const all = ids.flatMap((id) => byId.value.get(id)?.record ?? []).flatMap(peopleIn.value)
    return [...new Map(all.map((member) => [member.person, member])).values()]
  }
  /** Distinct persons of the rooms; null while the people of one of them are not all known. */
  const head = (ids: readonly RoomId[]): number | null =>
    ids.every((id) => counted.value.includes(id)) ? people(ids).length : null
  const audiences = computed(() =>
    agency.value
      .filter((room) => room.kind === 'alert' && leads(room.id))
      .map((room) => ({ room: room.id, title: room.title, people: head([room.id]) })),
  )

  /** Alert rooms in which this person may declare the active site (SITE-4), and their people. */
  const declarable = computed(() =>
    agency.value
      .filter(
        ({ kind, record }) =>
          kind === 'alert' && accounts.value.some(({ user }) => maySend(record, user, TYPE.activeSite, true)),
      )
      .map(({ id }) => id),
  )

  /** Undefined: not read yet. */
  function tally(id: AlertId): TallyView | null | undefined {
    const view = alerts.value.find((a) => a.id === id)
    if (!view || !lage.value.length) return null
    const events = tallies(id)
    return events && tallyView(view, lage.value, events, people, snapshot.value?.synced_at ?? null)
  }

  return {
    snapshots,
    loaded: computed(() => snapshot.value !== null),
    asOf: computed(() => (session.session ? (snapshot.value?.synced_at ?? null) : null)),
    agency,
    alerts,
    open,
    past,
    alert: (id: AlertId) => alerts.value.find((a) => a.id === id),
    /** The drill that frames every screen. While something earnest that asks for an answer is open, also an answered one, nothing does. */
    drill: computed(() => {
      const now = open.value.filter((a) => a.phase === 'open')
      return now.some((a) => a.content.status === 'Actual' && a.content.responses.length > 0)
        ? undefined
        : now.find((a) => a.content.status === 'Exercise')
    }),
    rooms,
    room: (id: RoomId) => rooms.value.find((r) => r.id === id),
    unread: computed(() => rooms.value.reduce((sum, r) => sum + r.unread, 0)),
    timeline,
    /** Whether older messages of the room are on this device than its timeline has. */
    earlier: (id: RoomId) => byId.value.get(id)?.record.earlier === true,
    readBack: snapshots.readBack,
    leave: snapshots.leave,
    mute: (id: RoomId, quiet: boolean) =>
      remember(ports.settings, 'muted', [...muted.value.filter((room) => room !== id), ...(quiet ? [id] : [])]),
    async markRead(id: RoomId): Promise<void> {
      const others = timeline(id).flatMap((e) => (e.kind !== 'switch' && e.person !== session.person ? [e.at] : []))
      if (others.length) await ports.projection.markRead(id, readAt(Math.max(...others), ports.clock.now()))
    },
    playbooks,
    playbook: (id: string) => playbooks.value.find((p) => p.id === id),
    body: async (id: string) => (await ports.projection.body(id))?.markdown ?? null,
    contacts: computed(() => contactLists(agency.value)),
    proposal,
    declarable,
    audiences,
    head,
    mayLead: computed(() => audiences.value.length > 0),
    tally,
    lookAtTally: (id: AlertId) => void (looked.value = id),
    nameOf,
  }
})
