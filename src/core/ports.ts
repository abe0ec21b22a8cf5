/** The doors between screens and the outside. `matrix` and `platform` implement them, `main.ts` joins them, tests fake them. */
import type { Deployment } from './deployment.ts'
import type { Failure, OutboxItem } from './outbox.ts'
import type { Sha256 } from './uuid.ts'
import type { EventGate, OutboxStore, ResponseGate } from './sending.ts'
import type { RoomEvent } from './event.ts'
import type { RoomRecord } from './room.ts'
import type { AlertContent, AlertRevision } from './alert.ts'
import type { Count } from './badge.ts'
import type { AlertStands, GivenAnswer } from './notice.ts'
import type { Registered, Response } from './response.ts'
import type { Fleet } from './fleet.ts'
import type { ReachReport } from './reach.ts'
import type { Device, RelayStatus } from './relay.ts'
import type { AlertId, EventId, PersonId, RoomId, SiteId, UserId } from './ids.ts'

export interface Clock {
  /** The relays' time, as far as it is known; else the device's. */
  now(): number
  random(): number
  uuid(): string
  /** Calls back once, at or after `at` (ms); returns the cancel. */
  at(at: number, run: () => void): () => void
}

/** A signed-in account at one site. */
export interface Account {
  site: SiteId
  user: UserId
  device: string
  access_token: string
  homeserver: string
}

export interface Session {
  person: PersonId
  name: string
  /** This installation's name at the relays. */
  device: string
  accounts: Account[]
}

/**
 * What one sync response changes: of each room its state after the timeline and the timeline, and where to go on.
 * Written in one transaction.
 */
export interface SyncBatch {
  account: UserId
  /** Null: from the start, because older events are still missing. */
  next_batch: string | null
  /** Set when the batch is a whole first sync: state of its rooms replaces what was there. */
  initial: boolean
  /** `state` is the state after `timeline`; an event of the timeline alone changes no state. */
  rooms: { id: RoomId; state: RoomEvent[]; timeline: RoomEvent[]; limited: boolean }[]
  left: RoomId[]
  /** Up to when devices of the account say that they have read rooms, ms, as far as it is news. */
  read?: Record<RoomId, number>
}

/** Where an account goes on. */
export interface Position {
  /** Null: from the start. */
  since: string | null
  /** Those that its filter names. */
  rooms: RoomId[]
  /** Those of them that it is in, as its syncs have said; null: none has said anything yet. */
  joined: RoomId[] | null
  /** Up to when its devices have read each room, ms, as its homeserver holds it; left out: nothing is known. */
  read?: Record<RoomId, number>
  /** Its homeserver was restored from a copy: the next sync from the start takes nothing away (SYNC-21). */
  restored?: true
}

/** The read model: everything a screen shows, on the device. */
export interface Projection {
  /**
   * Of all rooms, or of these, if they are here: state, alerts and the newest messages, `newest` of a room if said. What
   * this version cannot read is left out.
   */
  load(which?: {
    rooms?: readonly RoomId[]
    newest?: ReadonlyMap<RoomId, number>
  }): Promise<{ rooms: Map<RoomId, RoomRecord>; synced_at: number | null }>
  /** The tally events of one alert, of all rooms; `load` leaves them out. */
  tallies(alert: AlertId): Promise<RoomEvent[]>
  apply(batch: SyncBatch, at: number): Promise<void>
  /** Events fetched singly: history, members, state of a room joined later. */
  add(room: RoomId, events: { state?: RoomEvent[]; timeline?: RoomEvent[] }): Promise<void>
  /** Which of these timeline events of a room are here, or are older than what is kept of it. */
  knows(room: RoomId, events: readonly RoomEvent[]): Promise<Set<EventId>>
  position(account: UserId): Promise<Position | null>
  /** Another filter: its rooms are synced from the start. */
  rememberRooms(account: UserId, rooms: RoomId[]): Promise<void>
  /** The homeserver of the account was restored from a copy: its rooms are synced from the start, and nothing goes. */
  startAnew(account: UserId): Promise<void>
  body(playbook: string): Promise<{ version: number; sha256: string; markdown: string } | null>
  bodies(): Promise<Map<string, { version: number; sha256: string }>>
  putBody(playbook: string, body: { version: number; sha256: string; markdown: string }): Promise<void>
  readUpTo(): Promise<Map<RoomId, number>>
  /** Never takes back what was read. */
  markRead(room: RoomId, at: number): Promise<void>
  /** Lets go of the older half of what people wrote in rooms, never of alerts; whether there was any. */
  makeRoom(): Promise<boolean>
  clear(): Promise<void>
  /** Something was written, here or in another window; returns the unsubscribe. */
  onChange(run: (change: ProjectionChange) => void): () => void
}

/** What was written: rows of rooms, of none if only the position moved, or the rest by its name. */
export type ProjectionChange = { rooms: RoomId[] } | 'bodies' | 'read' | 'all'

/** Small things to remember: session, deployment, language, drafts, seen sheets. */
export interface Settings {
  get(key: string): Promise<unknown>
  /** Null removes the key. */
  set(key: string, value: unknown): Promise<void>
  clear(): Promise<void>
  /** Something was written, here or in another window; returns the unsubscribe. */
  onChange(run: (key: string) => void): () => void
}

export type StorageName = 'settings' | 'projection' | 'outbox' | 'inbox'

export interface StorageState {
  /** The browser keeps nothing for us: everything is in this window's memory and goes with it. */
  memory: boolean
  /** The last thing that was to be written did not fit. */
  full: boolean
  /** Cannot be opened, read or written. */
  broken: readonly StorageName[]
  /** Have not answered for a while: the browser, or a page that it has not let go of, holds them. */
  silent: readonly StorageName[]
  /** How often something was gone under this window and was made anew. */
  emptied: number
  /** The outbox was not there when this window opened it. */
  newOutbox?: boolean
  /** The browser has promised not to make room at our expense; null: not asked yet. */
  persisted: boolean | null
}

/** How the device keeps what the app writes. */
export interface StoragePort {
  state(): StorageState
  /** Returns the unsubscribe. */
  onChange(run: () => void): () => void
  /** Deletes what cannot be read, so that the next use begins with an empty one. */
  rebuild(name: StorageName): Promise<void>
  /** Looks whether the browser has promised to keep it. */
  measure(): Promise<void>
  /** How much waited when it was last looked at: kept apart from the outbox, so that its loss does not go unsaid. */
  unsent: { read(): number; write(count: number): void }
  /** How much of that was lost, until the person has read it. */
  lost: { read(): number; write(count: number): void }
}

export type SignInFailure = 'wrong_password' | 'locked' | 'unreachable' | 'limited' | 'refused'

/** A running conversation with one homeserver. Nothing here throws for the network: it says null or a failure. */
export interface Connection extends Omit<EventGate, 'find'> {
  readonly account: Account
  /** As the gate's, among what these accounts have sent. */
  find(senders: readonly UserId[], ...what: Parameters<EventGate['find']>): ReturnType<EventGate['find']>
  /** Tells the account's other devices up to when the room was read, ms; null: the homeserver has taken it. */
  tellRead(room: RoomId, at: number): Promise<Failure | null>
  stop(): void
}

export type SyncState = 'connecting' | 'live' | 'failing' | 'signed_out'

/** Matrix, as far as we speak it. */
export interface Matrix {
  signIn(
    site: { id: SiteId; homeserver: string },
    user: string,
    password: string,
    device: string | null,
    deviceName: string,
  ): Promise<{ account: Account; name: string } | { failure: SignInFailure; retry_after_ms?: number }>
  signOut(account: Account): Promise<void>
  /** Whether the homeserver answers at all, within `timeout` ms. */
  answers(homeserver: string, timeout: number): Promise<boolean>
  /** Whether a session still holds, or will once the account is unlocked; null when the homeserver did not say. */
  whoami(account: Account): Promise<boolean | 'locked' | null>
  openId(account: Account): Promise<{ access_token: string; matrix_server_name: string } | null>
  /**
   * Joins whatever of the agency's rooms the account is invited to or may join, as far as it is known where it is in;
   * returns the rooms to sync: the space and all that it names. None: the account is not of the agency.
   */
  joinAgencyRooms(account: Account, deployment: Deployment): Promise<RoomId[] | null>
  /** As above for an account that does not sync: its homeserver is asked for what was offered to it. Null: it did not say. */
  joinOffered(account: Account, deployment: Deployment): Promise<RoomId[] | null>
  members(account: Account, room: RoomId): Promise<RoomEvent[] | null>
  stateEvent(account: Account, room: RoomId, type: string, key: string): Promise<Record<string, unknown> | null>
  /** Starts syncing the named rooms into the projection. `on.rooms`: there may be rooms to join, or other ones to sync. */
  connect(
    account: Account,
    rooms: RoomId[],
    on: {
      state: (state: SyncState, detail?: string) => void
      rooms: () => void
      /** The homeserver was restored from a copy, and is synced from the start. */
      restored: () => void
      /** What was said in the rooms, once it is written. */
      said: (events: readonly RoomEvent[]) => void
    },
  ): Promise<Connection>
}

/** The right to speak to the relays. */
export interface RelayAccess {
  /** A bearer other than `stale`; null: none can be had now. */
  bearer(stale?: string): Promise<string | null>
  /** Why there is none. */
  reason(): Promise<'network' | 'signed_out'>
}

/**
 * Why a relay does not ring: it is silent, or cannot say yet; a homeserver answers; the person had no right; the bearer does
 * not hold, or there is none; something else is wrong with it.
 */
export type AlarmFailure = 'silent' | 'later' | 'answers' | 'forbidden' | 'signed_out' | 'refused'

/** The relays, as the page and the worker use them. */
export interface Relays {
  status(url: string, timeout: number): Promise<RelayStatus | null>
  session(
    url: string,
    openid: { access_token: string; matrix_server_name: string },
    device: string,
  ): Promise<{ bearer: string; expires: number } | null>
  registerDevice(
    url: string,
    bearer: string,
    id: string,
    device: Device,
  ): Promise<'registered' | 'stale_bearer' | 'refused' | 'ended' | 'failed'>
  removeDevice(url: string, bearer: string, id: string): Promise<boolean>
  test(
    url: string,
    bearer: string,
    id: string,
  ): Promise<{ id: string; sent_at: number } | { failure: 'offline' | 'unknown_device' | 'push_refused' }>
  /** Rings at everybody although no homeserver answers; since when, ms (LAST-1). */
  alarm(url: string, bearer: string, alert: AlertContent): Promise<{ at: number } | { failure: AlarmFailure }>
  /** Null: it does not answer, does not know the alert, or tells this person nothing. */
  reach(url: string, bearer: string, alert: AlertId): Promise<ReachReport | null>
  fleet(url: string, bearer: string): Promise<Fleet | null>
}

export type PushState = 'unsupported' | 'needs_install' | 'not_asked' | 'denied' | 'no_subscription' | 'subscribed'

/** Installation, push and everything else of the device. */
export interface DevicePort {
  platform: 'android' | 'ios' | 'desktop'
  installed(): boolean
  /** Shows the browser's own installation question, where it has one. */
  install(): Promise<'accepted' | 'dismissed' | 'unavailable'>
  onInstallable(run: (can: boolean) => void): () => void
  pushState(): Promise<PushState>
  /** Asks for permission if need be and subscribes. Must run in a click. `ended`: an endpoint that is no good any more. */
  subscribe(vapid: string, ended?: string): Promise<Device['subscription'] | null>
  subscription(): Promise<Device['subscription'] | null>
  /** Ends ringing on this device: the subscription, and what it still shows. */
  unsubscribe(): Promise<void>
  /** Asks the browser not to evict this origin's storage. */
  persist(): Promise<boolean>
  /** Notifications that are shown go, or change, as what is known of their alerts says; `looked`: somebody looks at the app. */
  settleNotices(alerts: readonly AlertStands[], looked: boolean): Promise<void>
  /** Notifications of messages go: these rooms were read. */
  closeNotices(rooms: readonly RoomId[]): Promise<void>
  /** The number on the app's icon; 0: none. */
  setBadge(count: number): void
}

/** What the worker needs to take an answer to a relay: never a Matrix token. */
export interface WorkerAccess {
  person: PersonId
  bearer: string
  /** In the order to try. */
  relays: { site: SiteId; url: string }[]
  /** How far the relays' clock is ahead of this device's, ms. */
  offset: number
}

export interface OwnAnswer extends GivenAnswer {
  person: PersonId
  response: Response
  registered?: Registered | undefined
}

/** What the worker has put by for the page, and what the page tells it. What a window writes here, it tells no other. */
export interface Inbox {
  alerts(): Promise<{ revision: AlertRevision; received_at: number }[]>
  lastTest(): Promise<{ id: string; sent_at: number; received_at: number } | null>
  takeDeepLink(): Promise<string | null>
  /** Of each alert the last answer on this device, by whomever. */
  answers(): Promise<OwnAnswer[]>
  /** Unless a later one of that person is there. */
  putAnswer(answer: OwnAnswer): Promise<void>
  /** What became of it, unless another one has taken its place. */
  noteAnswer(response: Response, outcome: Pick<OwnAnswer, 'registered' | 'refused'>): Promise<void>
  dropAnswer(response: Response): Promise<void>
  putAccess(access: WorkerAccess): Promise<void>
  /** What the app has counted, as of now (NOTICE-7). */
  putCount(count: Omit<Count, 'at'>): Promise<void>
  onChange(run: () => void): () => void
  clear(): Promise<void>
}

/** What a person adds to the outbox; order and state are given there. */
export type OutboxDraft = Pick<OutboxItem, 'client_id' | 'person' | 'created' | 'payload'>

export interface OutboxPort extends OutboxStore {
  add(drafts: OutboxDraft[]): Promise<void>
  onChange(run: () => void): () => void
}

/** A new version of the app: it installs beside the old one and waits for the person. */
export interface Updates {
  /** Tells at once whether one waits, and when one comes; returns the unsubscribe. */
  onWaiting(run: (waits: boolean) => void): () => void
  /** Takes every window over to the new version. */
  apply(): void
}

/** The device's own clock, which may be wrong. */
export interface DeviceClock extends Clock {
  /** How far the relays' clock is ahead of this device's, ms. */
  correct(offset: number): void
  /** The device's own time, right or wrong. */
  own(): number
  /** Somebody has set the device's clock, or it has slept; returns the unsubscribe. */
  onJump(run: () => void): () => void
}

export interface Ports {
  clock: DeviceClock
  sha256: Sha256
  settings: Settings
  storage: StoragePort
  projection: Projection
  outbox: OutboxPort
  /** The SDK is large: it is loaded when it is first needed, after the first paint. */
  matrix: () => Promise<Matrix>
  relays: Relays
  responseGate: (relays: () => { site: SiteId; url: string }[], access: RelayAccess) => ResponseGate
  device: DevicePort
  inbox: Inbox
  /** Runs `lead` in one window of this device at a time, which may hand over, and ends it where another window leads. */
  lead: (lead: (handOver: () => void) => () => Promise<void>) => void
  /** `unreadable`: somebody answers, but with something else. */
  loadDeployment: (urls: string[]) => Promise<Deployment | 'unreadable' | null>
  updates: Updates
  /** Version of this build, for the relays' device register. */
  version: string
  /** The address the app was loaded from. */
  origin: string
  /** Any sign that the network may be back or the person is here: online, visible, focused. Returns the unsubscribe. */
  onWake: (run: () => void) => () => void
}
