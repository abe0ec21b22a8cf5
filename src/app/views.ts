/** What screens are given: plain snapshots that stores make of the projection by core's folds. No SDK object gets here. */
import type { Alert, AlertContent, AlertText, Meaning, Phase, ResponseOption } from '../core/alert.ts'
import type { Delivery } from '../core/outbox.ts'
import type { ContactList, PlaybookCard } from '../core/handbook.ts'
import type { SignInFailure } from '../core/ports.ts'
import type { RoomKind } from '../core/room.ts'
import type { MoveKind } from '../core/template.ts'
import type { AlertId, PersonId, RoomId, SiteId } from '../core/ids.ts'

/** What is wrong with this device, the worst first (DEVICE-1 to DEVICE-9). */
export type DeviceTrouble = 'broken' | 'silent' | 'full' | 'lost' | 'memory' | 'clock'

/** What is missing where nothing can be sent. */
export type Cut = 'network' | 'sites'

/** The strip on top: which site, since when, how old. Times in ms; `asOf` null: nothing was ever loaded. */
export type Strip = { device?: DeviceTrouble } & StripState
export type StripState =
  | { state: 'normal'; site: string; asOf: number | null }
  | { state: 'seeking'; asOf: number | null }
  | { state: 'trouble'; silent: string; checking: string }
  | { state: 'moved'; site: string; since: number; asOf: number | null }
  | { state: 'offline'; asOf: number | null; waiting: number; cut: Cut }
  | { state: 'back'; site: string }
  /** `locked`: the account itself, so that no sign-in helps. */
  | { state: 'signed_out'; asOf: number | null; locked: boolean }

export interface SiteRow {
  id: SiteId
  name: string
  state: 'active' | 'standby' | 'silent' | 'unknown' | 'not_signed_in' | 'ended' | 'locked'
  since: number | null
  /** As it was in the run before: nobody has answered yet. */
  last: boolean
}

/** The sheet that tells once of a switch. */
export interface FailoverNotice {
  kind: MoveKind
  /** Practised, and moved all the same. */
  drill: boolean
  from: string
  to: string
  since: number
  workplace: string | null
}

/** My answer to an alert and what became of it. */
export interface MyResponse {
  option: ResponseOption
  at: number
  /** null: the relay has it, from another device or long ago. */
  delivery: Delivery | null
}

export interface AlertView {
  id: AlertId
  alert: Alert
  content: AlertContent
  /** In the reader's language. */
  text: AlertText
  phase: Phase
  sender: string
  /** The room event is here; otherwise it is known by push only ("per Push, 14:32"). */
  source: 'room' | 'push'
  receivedAt: number
  mine: MyResponse | null
  /** Open, has responses, and I have not answered. */
  waits: boolean
  updates: { at: number; sender: string; text: AlertText; content: AlertContent }[]
  playbook: { id: string; title: string } | null
}

export interface RoomView {
  id: RoomId
  kind: RoomKind
  title: string
  encrypted: boolean
  people: number
  unread: number
  /** More are unread than those that were read from the device. */
  unreadMore: boolean
  waiting: number
  refused: number
  last: { at: number; name: string; text: string; mine: boolean } | null
  /** Its messages do not ring on this device. */
  muted: boolean
  /** I may write messages here (never in an encrypted room). */
  mayWrite: boolean
}

export interface PlaybookView {
  id: string
  card: PlaybookCard
  /** Its text is on this device; `loading` while an older or no text is here. */
  onBoard: 'yes' | 'older' | 'no'
  outdated: boolean
}
export type ContactView = ContactList

/** A row of Bereitschaft. `proven` and `failed` rest on a check made at `at`; `open` waits for the person. */
export interface ReadinessRow {
  id: 'installed' | 'push' | 'standby' | 'handbook'
  state: 'proven' | 'open' | 'failed' | 'checking'
  at: number | null
  /** What was found, by kind; screens put it into words. */
  finding:
    | { kind: 'installed' | 'not_installed' | 'install_prompt' | 'storage_lent' }
    | { kind: 'push_received'; ms: number }
    | {
        kind:
          | 'push_unsupported'
          | 'push_needs_install'
          | 'push_not_asked'
          | 'push_denied'
          | 'push_untested'
          | 'push_no_relay'
          | 'push_silent'
          | 'push_off'
      }
    | { kind: 'both_sites'; sites: string[] }
    | { kind: 'site_missing' | 'site_expired' | 'site_locked' | 'site_silent' | 'push_partial'; site: string }
    | { kind: 'handbook_complete'; playbooks: number; contacts: number; newest: string }
    | { kind: 'handbook_loading'; done: number; of: number }
    | { kind: 'handbook_empty' }
    | { kind: 'unchecked' }
  fix: 'install' | 'allow_push' | 'test_push' | 'sign_in_site' | 'check' | 'load_handbook' | null
}

export interface Audience {
  room: RoomId
  title: string
  /** Distinct persons; null until the member list is here. */
  people: number | null
}

export type { Draft, DraftProblem } from '../core/draft.ts'

export interface TallyView {
  audience: number
  answered: number
  rows: {
    key: string
    label: string
    meaning: Meaning
    count: number
    people: { person: PersonId; name: string; at: number; note?: string }[]
  }[]
  unanswered: { person: PersonId; name: string }[]
  asOf: number | null
}

export type SignInResult = 'ok' | 'partial' | SignInFailure | 'no_deployment'
