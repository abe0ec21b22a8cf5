/** The agency of a run: few people who are in all rooms, so that everything that is said has to be on every screen. */
import { ALERT_ROOM, LAGE, PEOPLE, TEAMS } from './schedule.ts'

/** A plan as `notanker provision` reads it (plan/README.md); JSON is YAML. */
export function planOf(people: number): string {
  const team = TEAMS.map((title) => ({ key: title.toLowerCase(), kind: 'team', title, members: 'all' }))
  const plan = {
    v: 1,
    agency: { name: 'Prüfamt', short: 'PA' },
    people: PEOPLE.slice(0, people).map((person, i) => ({
      person,
      name: person,
      role: i === 0 ? 'manager' : 'staff',
    })),
    rooms: [
      { key: 'alle', kind: 'alert', title: ALERT_ROOM, members: 'all' },
      { key: 'handbuch', kind: 'handbook', title: 'Handbuch', members: 'all' },
      { key: 'lage', kind: 'lage', title: LAGE, members: 'managers' },
      ...team,
    ],
  }
  return JSON.stringify(plan)
}
