/** What is sent on the day of the pictures. */
import { randomUUID } from 'node:crypto'
import type { AlertContent } from '../../../src/core/alert.ts'
import type { RoomId } from '../../../src/core/ids.ts'

const OK = { key: 'ok', label: 'Verstanden', meaning: 'acknowledged' } as const
const SAFE = { key: 'safe', label: 'Bin in Sicherheit', meaning: 'safe' } as const
const HELP = { key: 'help', label: 'Brauche Hilfe', meaning: 'need_help' } as const
const AWAY = { key: 'away', label: 'Nicht im Haus', meaning: 'declined' } as const

type Words = Pick<AlertContent, 'severity' | 'headline' | 'instruction' | 'next_step' | 'responses'> &
  Partial<AlertContent>

export const alertTo = (label: string, rooms: RoomId[], words: Words): AlertContent => ({
  v: 1,
  id: randomUUID(),
  rev: 0,
  msg_type: 'Alert',
  status: 'Actual',
  kind: 'instruction',
  effective: Date.now(),
  audience: { label, rooms },
  info: [],
  ...words,
})

export const nextOf = (content: AlertContent, words: Partial<AlertContent>): AlertContent => ({
  ...content,
  msg_type: 'Update',
  rev: content.rev + 1,
  effective: Date.now(),
  ...words,
})

export const EVACUATION = {
  severity: 'Extreme',
  headline: 'Gebäude Ruhrstraße sofort verlassen',
  instruction: 'Im Untergeschoss ist Rauch. Nehmen Sie die Treppen, nicht die Aufzüge.',
  next_step: 'Gehen Sie jetzt zum Sammelplatz Nord.',
  responses: [SAFE, HELP, AWAY],
  playbook: 'raeumung',
} satisfies Words

export const MALWARE = {
  severity: 'Severe',
  headline: 'Dienst-PC ausgeschaltet lassen',
  instruction: 'Ein Angriff auf unsere Rechner wird geprüft. Schalten Sie Ihren Dienst-PC nicht ein.',
  next_step: 'Lassen Sie den Dienst-PC aus. Arbeiten Sie mit dem Telefon weiter.',
  responses: [OK, HELP],
  playbook: 'cyberangriff',
} satisfies Words

export const PHONES = {
  severity: 'Minor',
  headline: 'Telefonanlage ist heute gestört',
  instruction: 'Die Störung dauert bis etwa 17:00.',
  next_step: 'Nutzen Sie heute Ihr Diensthandy.',
  responses: [],
} satisfies Words

export const DRILL = {
  ...EVACUATION,
  status: 'Exercise',
  instruction: 'Angenommen wird Rauch im Untergeschoss.',
} satisfies Words
