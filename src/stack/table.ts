/** What the demo prints for a person: addresses, accounts, keys. */
import type { DemoFile } from './demo-file.ts'

/** Rows as columns of equal width, two spaces apart. */
export function columns(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
}

const indent = (lines: string[]) => lines.map((line) => `  ${line}`)

function addresses({ url, sites, witness }: DemoFile, names: Record<string, string>): string[] {
  return columns([
    ['', 'homeserver', 'relay'],
    ...sites.map((s) => [`Site ${s.id.toUpperCase()} (${names[s.id] ?? s.id})`, s.homeserver, s.relay]),
    ['Witness', '', witness.url],
    ['App', url, ''],
  ])
}

function accounts({ accounts, rooms }: DemoFile): string[] {
  const title = new Map(rooms.map((room) => [room.room_id, room.title]))
  const rows = accounts.map((a) => [
    a.person,
    a.password,
    a.name,
    a.role,
    a.rooms.map((id) => title.get(id)).join(', '),
  ])
  return columns([['user name', 'password', 'name', 'role', 'rooms'], ...rows])
}

/** `names` of the sites by id. */
export function overview(demo: DemoFile, names: Record<string, string>): string {
  const lines = [
    '',
    ...indent(addresses(demo, names)),
    '',
    ...indent(accounts(demo)),
    '',
    '  Keys (or lines on a pipe): a kill/start site A · b kill/start site B · f freeze/thaw site A · q quit',
    '',
  ]
  return lines.join('\n')
}
