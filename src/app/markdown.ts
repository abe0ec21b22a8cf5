/**
 * The text of a playbook: CommonMark to a small tree that screens draw themselves. Other people's text never becomes
 * HTML, and what the tree does not know (tables, images, raw HTML) stays as its plain text. Rules BOOK-6, BOOK-7.
 */
import MarkdownIt, { type Token } from 'markdown-it'
import { runsOf, isLinkTarget, type Run } from './runs.ts'

export type Block =
  | { kind: 'heading'; level: number; runs: Run[]; chapter: number | null }
  | { kind: 'paragraph'; runs: Run[] }
  | { kind: 'list'; start: number | null; items: Block[][] }
  | Task
/** A measure: `- [ ] **Title** {#id}` with nested `- Label: text`. */
export interface Task {
  kind: 'task'
  id: string | null
  number: number
  title: Run[]
  fields: { label: string; runs: Run[] }[]
  more: Block[]
}
export interface Playbook {
  blocks: Block[]
  chapters: { number: number; title: string }[]
  tasks: number
  /** The text was longer than what is read. */
  cut: boolean
}

/** Longest text that is read, in characters: five times what a plan has. Without an end one text could freeze the screen. */
export const LONGEST = 200_000
/** Chapters are headings of these levels. */
const CHAPTER_LEVEL = 2

interface Node {
  token: Token
  children: Node[]
}

const reader = new MarkdownIt('commonmark', { html: false, linkify: false, breaks: false })
reader.validateLink = isLinkTarget

/** Opening and closing tokens as a tree; the parser bounds its depth (`maxNesting`). */
function treeOf(tokens: readonly Token[]): Node[] {
  const root: Node[] = []
  const open: Node[][] = [root]
  for (const token of tokens) {
    if (token.nesting < 0) {
      open.pop()
      continue
    }
    const node: Node = { token, children: [] }
    open.at(-1)?.push(node)
    if (token.nesting > 0) open.push(node.children)
  }
  return root
}

const inlineOf = (node: Node | undefined): Run[] => runsOf(node?.children[0]?.token.children ?? [])
export const plainText = (runs: readonly Run[]): string => runs.map((r) => r.text).join('')

export function readPlaybook(markdown: string): Playbook {
  const cut = markdown.length > LONGEST
  const text = markdown.slice(0, LONGEST)
  const lines = text.split('\n')
  const chapters: Playbook['chapters'] = []
  let tasks = 0

  function heading(node: Node): Block {
    const level = Number(node.token.tag.slice(1))
    const runs = inlineOf(node)
    if (level > CHAPTER_LEVEL) return { kind: 'heading', level, runs, chapter: null }
    const chapter = chapters.length + 1
    chapters.push({ number: chapter, title: plainText(runs) })
    return { kind: 'heading', level, runs, chapter }
  }

  function task(item: Node): Task | null {
    const [first, ...rest] = item.children
    const runs = first?.token.type === 'paragraph_open' ? inlineOf(first) : []
    const box = /^\[[ xX]\]\s+/.exec(runs[0]?.text ?? '')
    if (!box) return null
    const title = trimStart(runs, box[0].length)
    const last = title.at(-1)
    const mark = /\s*\{#([\w-]{1,64})\}\s*$/.exec(last && !last.link ? last.text : '')
    if (last && mark) title[title.length - 1] = { ...last, text: last.text.slice(0, mark.index) }
    const found: Task = {
      kind: 'task',
      id: mark?.[1] ?? null,
      number: ++tasks,
      title: title.filter((r) => r.text),
      fields: [],
      more: [],
    }
    for (const node of rest) {
      const fields = node.token.type === 'bullet_list_open' ? node.children.map(field) : []
      if (fields.length && fields.every((f) => f !== null)) found.fields.push(...fields)
      else found.more.push(...blocksOf(node))
    }
    return found
  }

  function list(node: Node): Block[] {
    const number = Number(node.token.attrGet('start') ?? 1)
    const start = node.token.type === 'ordered_list_open' ? number : null
    const blocks: Block[] = []
    let items: Block[][] | null = null
    for (const [index, item] of node.children.entries()) {
      const found = task(item)
      if (found) {
        blocks.push(found)
        items = null
        continue
      }
      if (!items) blocks.push({ kind: 'list', start: start === null ? null : start + index, items: (items = []) })
      items.push(within(item))
    }
    return blocks
  }

  /** What stands in an item or a quote. Where the parser goes no deeper it leaves them empty: then their lines as they are. */
  function within(node: Node): Block[] {
    if (node.children.length) return node.children.flatMap(blocksOf)
    const text = lines
      .slice(...(node.token.map ?? [0, 0]))
      .join(' ')
      .replace(/^[\s>*+-]+/, '')
    return text ? [{ kind: 'paragraph', runs: [{ text }] }] : []
  }

  function blocksOf(node: Node): Block[] {
    switch (node.token.type) {
      case 'heading_open':
        return [heading(node)]
      case 'paragraph_open':
        return [{ kind: 'paragraph', runs: inlineOf(node) }]
      case 'bullet_list_open':
      case 'ordered_list_open':
        return list(node)
      case 'blockquote_open':
        return within(node)
      default:
        return node.token.content.trim() ? [{ kind: 'paragraph', runs: [{ text: node.token.content.trim() }] }] : []
    }
  }

  const blocks = treeOf(reader.parse(text, {})).flatMap(blocksOf)
  return { blocks, chapters, tasks, cut }
}

/** `Label: text`; null: the item is something else. */
function field(item: Node): Task['fields'][number] | null {
  const [first, ...rest] = item.children
  if (rest.length || first?.token.type !== 'paragraph_open') return null
  const runs = inlineOf(first)
  const label = /^([^:]{1,40}):\s+/.exec(runs[0] && !runs[0].link ? runs[0].text : '')
  return label ? { label: label[1]!, runs: trimStart(runs, label[0].length) } : null
}

/** Takes the first `length` characters off the first run. */
const trimStart = ([first, ...rest]: readonly Run[], length: number): Run[] => {
  const text = first?.text.slice(length) ?? ''
  return first && text ? [{ ...first, text }, ...rest] : rest
}
