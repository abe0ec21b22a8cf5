/** Passwords of the demo's people: made once, easy to type, kept for the owner only. */
import { randomInt } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const WORDS = (
  'Acker Amsel Apfel Bach Birke Boje Brise Deich Delta Distel Dorf Eiche Elbe Erle Esche Fels Feder Fink Fluss Garten ' +
  'Hafen Hagel Halm Hecht Heide Hirse Insel Kanu Kiesel Klee Komet Kran Lachs Linde Luchs Mole Moos Mond Nebel Nuss ' +
  'Otter Palme Pappel Pegel Quelle Regen Riff Robbe Rose Ruder Sand Segel Sonne Stern Tanne Tau Ufer Ulme Wald Weide ' +
  'Welle Wiese Wind Wolke'
).split(' ')

const word = () => WORDS[randomInt(WORDS.length)]!
const password = () => `${word()}-${word()}-${randomInt(1000, 10_000)}`

/** A password for each person; those of `file` stay. Written 0600. */
export async function keepPasswords(file: string, people: string[]): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  const kept = JSON.parse(text) as Record<string, string>
  const all = Object.fromEntries(people.map((person) => [person, kept[person] ?? password()]))
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify({ ...kept, ...all }, null, 2)}\n`, { mode: 0o600 })
  return all
}
