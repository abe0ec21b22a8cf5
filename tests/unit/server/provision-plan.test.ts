import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadPlan, membersOf } from '../../../src/server/provision/index.ts'
import { readPlan } from '../../../src/server/provision/plan.ts'

const plan = () => ({
  v: 1,
  agency: { name: 'Amt', short: 'A' },
  people: [
    { person: 'mia', name: 'Mia', role: 'manager' },
    { person: 'sam', name: 'Sam', role: 'staff' },
    { person: 'tom', name: 'Tom', role: 'staff' },
  ],
  rooms: [
    { key: 'alle', kind: 'alert', title: 'Alle', members: 'all' },
    { key: 'haus', kind: 'alert', title: 'Haus', members: ['sam'] },
    { key: 'lage', kind: 'lage', title: 'Lage', members: 'managers' },
    { key: 'team', kind: 'team', title: 'Team', members: ['sam'] },
  ] as Record<string, unknown>[],
  messages: [] as Record<string, unknown>[],
})
type Draft = ReturnType<typeof plan>

const refusal = (change: (plan: Draft) => unknown) => {
  const draft = plan()
  change(draft)
  return () => readPlan(stringify(draft), 'plan.yaml')
}

describe('readPlan', () => {
  it('reads the plan of the repository, with its playbooks', async () => {
    const agency = await loadPlan('plan/agency.yaml')
    expect(agency.playbooks.length).toBeGreaterThan(0)
    for (const { text } of agency.playbooks) expect(text).toContain('## ')
  })

  it.each<[string, (plan: Draft) => unknown]>([
    ['plan.yaml: people.1.role: ', (p) => (p.people[1]!.role = 'boss')],
    ['plan.yaml: people.0.person: must be a localpart', (p) => (p.people[0]!.person = 'Mia Müller')],
    ['plan.yaml: people.1.person: mia is there twice', (p) => (p.people[1]!.person = 'mia')],
    ['plan.yaml: rooms.1.members.0: eva is not among the people', (p) => (p.rooms[1]!['members'] = ['eva'])],
    ['plan.yaml: rooms.0.kind: ', (p) => (p.rooms[0]!['kind'] = 'chat')],
    ['plan.yaml: rooms.0.topic: ', (p) => (p.rooms[0]!['topic'] = 'no such field')],
    ['plan.yaml: rooms.2.members: sam is no manager', (p) => (p.rooms[2]!['members'] = 'all')],
    ['plan.yaml: rooms: there must be one room of kind lage', (p) => p.rooms.splice(2, 1)],
    [
      'plan.yaml: messages.0.room: alle is no staff or team',
      (p) => p.messages.push({ room: 'alle', from: 'mia', text: 'x' }),
    ],
    [
      'plan.yaml: messages.0.from: tom is not in team',
      (p) => p.messages.push({ room: 'team', from: 'tom', text: 'x' }),
    ],
  ])('refuses with one sentence that names the field: %s', (sentence, change) => {
    expect(refusal(change)).toThrow(sentence)
    try {
      refusal(change)()
    } catch (error) {
      expect((error as Error).name).toBe('Trouble')
      expect((error as Error).message).not.toContain('\n')
    }
  })

  it('PLAN-1 says where YAML ends', () => {
    expect(() => readPlan('v: 1\nagency: {', 'plan.yaml')).toThrow(/^plan.yaml: no YAML: .*line 2/)
  })

  it('PLAN-1 says which file is missing', async () => {
    await expect(loadPlan('plan/nowhere.yaml')).rejects.toThrow('The plan file plan/nowhere.yaml cannot be read.')
  })
})

describe('membersOf', () => {
  it('takes managers into every room but those of teams', () => {
    const read = readPlan(stringify(plan()), 'plan.yaml')
    expect(read.rooms.map((room) => membersOf(read, room))).toEqual([
      ['mia', 'sam', 'tom'],
      ['mia', 'sam'],
      ['mia'],
      ['sam'],
    ])
  })
})
