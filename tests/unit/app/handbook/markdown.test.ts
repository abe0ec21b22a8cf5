import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LONGEST, plainText, readPlaybook, type Block, type Task } from '../../../../src/app/markdown.ts'
import type { Run } from '../../../../src/app/runs.ts'

const read = (markdown: string) => readPlaybook(markdown).blocks
const tasksOf = (blocks: readonly Block[]) => blocks.flatMap((b): Task[] => (b.kind === 'task' ? [b] : []))
function runsIn(blocks: readonly Block[]): Run[] {
  return blocks.flatMap((b): Run[] => {
    if (b.kind === 'list') return b.items.flatMap(runsIn)
    if (b.kind === 'task') return [...b.title, ...b.fields.flatMap((f) => f.runs), ...runsIn(b.more)]
    return b.runs
  })
}
const links = (markdown: string) => runsIn(read(markdown)).flatMap((r) => (r.link ? [{ text: r.text, ...r.link }] : []))
const words = (markdown: string) => plainText(runsIn(read(markdown)))

describe('BOOK-7 measures', () => {
  const measure = `- [ ] **Hausalarm auslösen** {#hausalarm}
  - Rolle: Pforte
  - Zeit: sofort, in 1 Minute
  - Fertig, wenn: Der Ton ist zu hören.
  - Anrufen: Pforte, 0171 39200 10
`
  it('are read with number, title, id and fields', () => {
    const [task] = tasksOf(read(measure))
    expect(task).toMatchObject({ number: 1, id: 'hausalarm' })
    expect(plainText(task!.title)).toBe('Hausalarm auslösen')
    expect(task!.fields.map((f) => [f.label, plainText(f.runs)])).toEqual([
      ['Rolle', 'Pforte'],
      ['Zeit', 'sofort, in 1 Minute'],
      ['Fertig, wenn', 'Der Ton ist zu hören.'],
      ['Anrufen', 'Pforte, 0171 39200 10'],
    ])
    expect(task!.fields[3]!.runs.at(-1)?.link?.href).toBe('tel:01713920010')
  })

  it('are numbered through the whole plan, and ordinary items stay a list', () => {
    const blocks = read(`- eins\n${measure}- zwei\n\n## Danach\n\n${measure}`)
    expect(blocks.map((b) => b.kind)).toEqual(['list', 'task', 'list', 'heading', 'task'])
    expect(tasksOf(blocks).map((t) => t.number)).toEqual([1, 2])
  })

  it('keep what is not a field', () => {
    const [task] = tasksOf(read('- [ ] Tür schließen\n\n  Ein Absatz.\n\n  - ein Punkt ohne Feld\n'))
    expect(task!.fields).toEqual([])
    expect(plainText(runsIn(task!.more))).toBe('Ein Absatz.ein Punkt ohne Feld')
  })

  it.each(['stromausfall', 'cyberangriff', 'raeumung'])('of %s all have role, time and end', (name) => {
    const { blocks, chapters, tasks, cut } = readPlaybook(readFileSync(`plan/playbooks/${name}.md`, 'utf8'))
    expect(chapters.length).toBeGreaterThan(2)
    expect(cut).toBe(false)
    expect(tasksOf(blocks)).toHaveLength(tasks)
    for (const task of tasksOf(blocks)) {
      expect(task.fields.map((f) => f.label).slice(0, 3)).toEqual(['Rolle', 'Zeit', 'Fertig, wenn'])
      expect(task.id).not.toBeNull()
    }
  })
})

describe('BOOK-6 text', () => {
  it('has chapters by its headings', () => {
    const { chapters, blocks } = readPlaybook('## 1 Sofort\n\n### Unter\n\n## 2 *Danach*\n')
    expect(chapters).toEqual([
      { number: 1, title: '1 Sofort' },
      { number: 2, title: '2 Danach' },
    ])
    expect(blocks.map((b) => b.kind === 'heading' && b.chapter)).toEqual([1, null, 2])
  })

  it('keeps the numbers of a list that begins later', () => {
    expect(read('3. drei\n4. vier\n')).toMatchObject([{ kind: 'list', start: 3, items: [{}, {}] }])
  })

  it('shows where a link goes, unless its words say so', () => {
    expect(links('[Merkblatt](https://evil.example/x)')).toEqual([
      { text: 'Merkblatt', href: 'https://evil.example/x', target: 'https://evil.example/x' },
    ])
    expect(links('[https://good.example](https://evil.example)')[0]?.target).toBe('https://evil.example')
    expect(links('<https://good.example/>')[0]?.target).toBeNull()
    expect(links('[pforte@lars.example](mailto:pforte@lars.example)')[0]?.target).toBeNull()
    expect(links('[Pforte](tel:+493023125100)')[0]?.target).toBe('+493023125100')
    expect(links('[030 23125 100](tel:03023125100)')[0]?.target).toBeNull()
  })

  it('has no links but those to http, https, tel and mailto', () => {
    const hostile = [
      'javascript:alert(1)',
      'JaVaScRiPt:x',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      '/lead',
      '#x',
      '//evil.example',
      'blob:x',
    ]
    for (const href of hostile) {
      expect(links(`[x](${href}) <${href}> [y]\n\n[y]: ${href}\n`), href).toEqual([])
      expect(words(`[x](${href})`)).toContain(href)
    }
  })

  it.each(['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'a <b onclick="x">b</b>', '<!-- x -->'])(
    'leaves HTML as its plain text: %s',
    (html) => expect(words(html)).toBe(html),
  )

  it('leaves out nothing it does not know', () => {
    expect(words('> Zitat\n')).toBe('Zitat')
    expect(words('```\nrm -rf\n```\n')).toBe('rm -rf')
    expect(words('| a | b |\n|---|---|\n| c | d |\n')).toContain('| c | d |')
    expect(words('![Lageplan](https://evil.example/pixel.png)')).toBe('Lageplan')
    expect(words('Taste `F5`')).toBe('Taste F5')
  })

  it('BOOK-6 makes no link of an address that is empty', () => {
    expect(links('[hier]() [da](<>) [dort][x]\n\n[x]: <>\n')).toEqual([])
    expect(words('[hier]()')).toBe('hier')
  })

  it('survives text that is deep', () => {
    const deep = [
      '> '.repeat(5_000) + 'x',
      Array.from({ length: 400 }, (_, i) => `${'  '.repeat(i)}- x`).join('\n'),
      '*a '.repeat(20_000) + 'a* '.repeat(20_000),
      '**a '.repeat(5_000) + 'a** '.repeat(5_000),
      '['.repeat(20_000) + 'x' + '](https://a.example)'.repeat(100),
      'x ' + '`'.repeat(20_000),
    ]
    for (const text of deep) expect(words(text), text.slice(0, 12)).toMatch(/[xa`]/)
  })

  it('survives text that is long, and says what is missing', () => {
    const list = readPlaybook('- [ ] Punkt {#x}\n'.repeat(10_000))
    expect(list).toMatchObject({ tasks: 10_000, cut: false })
    const endless = readPlaybook('Wort '.repeat(LONGEST))
    expect(endless.cut).toBe(true)
    expect(plainText(runsIn(endless.blocks)).length).toBeLessThanOrEqual(LONGEST)
  })

  it('whatever is written, only safe addresses come out', () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      'javascript:',
      'https://a.example',
      'tel:112',
      '*',
      '_',
      '- [ ] ',
      '\n',
      '    ',
      '`',
      '!',
      '&',
      'x ',
      '{#a}',
      ': ',
      '112 an',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        for (const { href } of links(parts.join(''))) expect(href).toMatch(/^(https?:\/\/|tel:|mailto:)/)
      }),
    )
  })
})
