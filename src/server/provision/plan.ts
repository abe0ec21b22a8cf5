/** The plan file of an agency: people, rooms, handbook, contacts, first messages. Fields: plan/README.md. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'
import { parse } from '../../core/parse.ts'
import { ROOM_KINDS } from '../../core/room.ts'
import { MOVES, templateSchema } from '../../core/template.ts'
import { Trouble } from '../trouble.ts'

const filled = v.pipe(v.string(), v.minLength(1))
const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, 'must be of a-z, 0-9 and -'))
/** Localpart of a Matrix id (Matrix specification, "User Identifiers"). */
const person = v.pipe(v.string(), v.regex(/^[a-z0-9._=/+-]{1,64}$/, 'must be a localpart: a-z, 0-9 and . _ = / + -'))
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const url = v.pipe(v.string(), v.url())

/** A site as the plan of a real deployment names it; the secret stays in a file of its own. */
const site = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,16}$/)),
  name: filled,
  server_name: filled,
  homeserver: url,
  registration_shared_secret_file: filled,
})

const { v: _format, ...words } = templateSchema.entries
const template = v.optional(v.strictObject(words))

const planSchema = v.strictObject({
  v: v.literal(1),
  agency: v.strictObject({ name: filled, short: filled }),
  people: v.pipe(
    v.array(
      v.strictObject({
        person,
        name: filled,
        role: v.picklist(['manager', 'staff']),
        function: v.optional(v.string()),
      }),
    ),
    v.minLength(1),
  ),
  rooms: v.array(
    v.strictObject({
      key: id,
      kind: v.picklist(ROOM_KINDS),
      title: filled,
      room: v.optional(v.pipe(v.string(), v.regex(/^[!#]./, 'must be a room id or an alias, in quotes'))),
      members: v.union(
        [v.picklist(['all', 'managers']), v.array(person)],
        'must be all, managers or a list of persons',
      ),
    }),
  ),
  playbooks: v.optional(
    v.array(
      v.strictObject({
        id,
        file: filled,
        title: filled,
        scenario: filled,
        version,
        updated: v.pipe(v.string(), v.isoDate('must be a day in quotes, e.g. "2026-11-15"')),
        lang: v.optional(v.string(), 'de'),
        summary: v.optional(v.string(), ''),
      }),
    ),
    [],
  ),
  contacts: v.optional(
    v.array(
      v.strictObject({
        id,
        title: filled,
        version,
        entries: v.array(
          v.strictObject({
            role: filled,
            name: v.optional(filled),
            deputy_of: v.optional(filled),
            phones: v.optional(v.array(v.string('must be in quotes')), []),
            email: v.optional(filled),
            matrix: v.optional(filled),
          }),
        ),
      }),
    ),
    [],
  ),
  templates: v.optional(
    v.strictObject({
      failover: template,
      moved: template,
      closed: template,
      switch_back: template,
      correction: template,
    }),
    {},
  ),
  messages: v.optional(v.array(v.strictObject({ room: id, from: person, text: filled })), []),
  sites: v.optional(v.pipe(v.array(site), v.minLength(1))),
})

type PlanFile = v.InferOutput<typeof planSchema>
export type PlanRoom = PlanFile['rooms'][number]
export type PlanContacts = PlanFile['contacts'][number]
export type PlanMessage = PlanFile['messages'][number]
export type PlanPlaybook = PlanFile['playbooks'][number] & { text: string }
export type PlanSite = NonNullable<PlanFile['sites']>[number]
export type Plan = Omit<PlanFile, 'playbooks'> & { playbooks: PlanPlaybook[] }

/** Kinds of rooms that managers are always in. */
const WITH_MANAGERS = new Set(['alert', 'handbook', 'lage', 'staff'])

export const managersOf = (plan: Pick<Plan, 'people'>): string[] =>
  plan.people.filter((p) => p.role === 'manager').map((p) => p.person)

/** The people of a room, in the plan's order, each once. */
export function membersOf(plan: Pick<Plan, 'people'>, room: PlanRoom): string[] {
  const named = new Set(Array.isArray(room.members) ? room.members : [])
  const belongs = (p: Plan['people'][number]) =>
    room.members === 'all' ||
    named.has(p.person) ||
    (p.role === 'manager' && (room.members === 'managers' || WITH_MANAGERS.has(room.kind)))
  return plan.people.filter(belongs).map((p) => p.person)
}

function repeated(values: string[]): number {
  return values.findIndex((value, i) => values.indexOf(value) < i)
}

/** What a schema cannot see: names that point nowhere, things that are there twice. Null when all is well. */
function inconsistency(plan: PlanFile): string | null {
  const unique: [string, string, string[]][] = [
    ['people', 'person', plan.people.map((p) => p.person)],
    ['rooms', 'key', plan.rooms.map((r) => r.key)],
    ['rooms', 'room', plan.rooms.map((r, i) => r.room ?? String(i))],
    ['playbooks', 'id', plan.playbooks.map((p) => p.id)],
    ['contacts', 'id', plan.contacts.map((c) => c.id)],
  ]
  for (const [list, field, values] of unique) {
    const i = repeated(values)
    if (i >= 0) return `${list}.${i}.${field}: ${values[i]} is there twice`
  }
  const people = new Map(plan.people.map((p) => [p.person, p]))
  for (const [i, room] of plan.rooms.entries()) {
    if (!Array.isArray(room.members)) continue
    const j = room.members.findIndex((m) => !people.has(m))
    if (j >= 0) return `rooms.${i}.members.${j}: ${room.members[j]} is not among the people`
  }
  for (const [i, room] of plan.rooms.entries()) {
    // Members of the Lage room see who answered what: managers only (docs/protocol.md, Rooms).
    const staff = room.kind === 'lage' && membersOf(plan, room).find((m) => people.get(m)?.role !== 'manager')
    if (staff) return `rooms.${i}.members: ${staff} is no manager and may not be in the lage room`
  }
  if (plan.rooms.filter((r) => r.kind === 'lage').length !== 1) return 'rooms: there must be one room of kind lage'
  if (!plan.rooms.some((r) => r.kind === 'alert')) return 'rooms: there must be a room of kind alert'
  const handbook = plan.rooms.some((r) => r.kind === 'handbook')
  if (!handbook && plan.playbooks.length + plan.contacts.length + Object.keys(plan.templates).length)
    return 'rooms: playbooks, contacts and templates need a room of kind handbook'
  const playbooks = new Set(plan.playbooks.map((p) => p.id))
  for (const kind of MOVES) {
    const playbook = plan.templates[kind]?.playbook
    if (playbook !== undefined && !playbooks.has(playbook))
      return `templates.${kind}.playbook: there is no playbook ${playbook}`
  }
  for (const [i, message] of plan.messages.entries()) {
    const room = plan.rooms.find((r) => r.key === message.room)
    if (!room) return `messages.${i}.room: there is no room ${message.room}`
    if (room.kind !== 'staff' && room.kind !== 'team')
      return `messages.${i}.room: ${message.room} is no staff or team room`
    if (!membersOf(plan, room).includes(message.from))
      return `messages.${i}.from: ${message.from} is not in ${message.room}`
  }
  return null
}

/** Reads the text of a plan file; `file` is its name in messages. Throws Trouble: one sentence that names the field. */
export function readPlan(text: string, file: string): PlanFile {
  let input: unknown
  try {
    input = parseYaml(text)
  } catch (cause) {
    throw new Trouble(`${file}: no YAML: ${(cause as Error).message.split('\n')[0]}`, cause)
  }
  const parsed = parse(planSchema, input)
  if (!parsed.ok) throw new Trouble(`${file}: ${parsed.reason}`)
  const wrong = inconsistency(parsed.value)
  if (wrong) throw new Trouble(`${file}: ${wrong}`)
  return parsed.value
}

/** Reads a plan file and the playbooks beside it. Throws Trouble. */
export async function loadPlan(file: string): Promise<Plan> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Trouble(`The plan file ${file} cannot be read.`, cause)
  })
  const plan = readPlan(text, file)
  const playbooks = await Promise.all(
    plan.playbooks.map(async (playbook, i): Promise<PlanPlaybook> => {
      const path = resolve(dirname(file), playbook.file)
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new Trouble(`${file}: playbooks.${i}.file: cannot read ${path}`, cause)
      })
      return { ...playbook, text }
    }),
  )
  return { ...plan, playbooks }
}
