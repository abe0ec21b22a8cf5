/**
 * The signs of the app: Material Symbols, rounded, as KERN uses them, and the ones that they lack. Drawn as paths, so
 * that they take the colour of their text and need no request. Each stands beside its word, never alone.
 */
import add from '@material-symbols/svg-400/rounded/add.svg?raw'
import back from '@material-symbols/svg-400/rounded/chevron_left.svg?raw'
import bell from '@material-symbols/svg-400/rounded/notifications.svg?raw'
import bell_off from '@material-symbols/svg-400/rounded/notifications_off.svg?raw'
import book from '@material-symbols/svg-400/rounded/menu_book.svg?raw'
import book_full from '@material-symbols/svg-400/rounded/menu_book-fill.svg?raw'
import call from '@material-symbols/svg-400/rounded/call-fill.svg?raw'
import chapters from '@material-symbols/svg-400/rounded/toc.svg?raw'
import close from '@material-symbols/svg-400/rounded/close.svg?raw'
import contacts from '@material-symbols/svg-400/rounded/contacts.svg?raw'
import copy from '@material-symbols/svg-400/rounded/content_copy.svg?raw'
import decline from '@material-symbols/svg-400/rounded/block.svg?raw'
import bin from '@material-symbols/svg-400/rounded/delete.svg?raw'
import device from '@material-symbols/svg-400/rounded/mobile.svg?raw'
import door from '@material-symbols/svg-400/rounded/directions_run.svg?raw'
import down from '@material-symbols/svg-400/rounded/keyboard_arrow_down.svg?raw'
import edit from '@material-symbols/svg-400/rounded/edit.svg?raw'
import explore from '@material-symbols/svg-400/rounded/explore.svg?raw'
import explore_full from '@material-symbols/svg-400/rounded/explore-fill.svg?raw'
import forward from '@material-symbols/svg-400/rounded/chevron_right.svg?raw'
import help from '@material-symbols/svg-400/rounded/help.svg?raw'
import hide from '@material-symbols/svg-400/rounded/visibility_off.svg?raw'
import history from '@material-symbols/svg-400/rounded/history.svg?raw'
import home from '@material-symbols/svg-400/rounded/home_work.svg?raw'
import home_screen from '@material-symbols/svg-400/rounded/add_box.svg?raw'
import info from '@material-symbols/svg-400/rounded/info-fill.svg?raw'
import install from '@material-symbols/svg-400/rounded/download.svg?raw'
import language from '@material-symbols/svg-400/rounded/language.svg?raw'
import lead from '@material-symbols/svg-400/rounded/campaign.svg?raw'
import lead_full from '@material-symbols/svg-400/rounded/campaign-fill.svg?raw'
import location from '@material-symbols/svg-400/rounded/location_on.svg?raw'
import lock from '@material-symbols/svg-400/rounded/lock.svg?raw'
import lock_open from '@material-symbols/svg-400/rounded/lock_open.svg?raw'
import mail from '@material-symbols/svg-400/rounded/mail.svg?raw'
import menu from '@material-symbols/svg-400/rounded/more_vert.svg?raw'
import moved from '@material-symbols/svg-400/rounded/alt_route.svg?raw'
import offline from '@material-symbols/svg-400/rounded/wifi_off.svg?raw'
import on_board from '@material-symbols/svg-400/rounded/download_done.svg?raw'
import open_out from '@material-symbols/svg-400/rounded/open_in_new.svg?raw'
import people from '@material-symbols/svg-400/rounded/group.svg?raw'
import person from '@material-symbols/svg-400/rounded/account_circle.svg?raw'
import pulse from '@material-symbols/svg-400/rounded/vital_signs.svg?raw'
import ready from '@material-symbols/svg-400/rounded/verified_user.svg?raw'
import ready_full from '@material-symbols/svg-400/rounded/verified_user-fill.svg?raw'
import refused from '@material-symbols/svg-400/rounded/error-fill.svg?raw'
import retry from '@material-symbols/svg-400/rounded/refresh.svg?raw'
import rooms from '@material-symbols/svg-400/rounded/forum.svg?raw'
import rooms_full from '@material-symbols/svg-400/rounded/forum-fill.svg?raw'
import safe from '@material-symbols/svg-400/rounded/health_and_safety-fill.svg?raw'
import search from '@material-symbols/svg-400/rounded/search.svg?raw'
import searching from '@material-symbols/svg-400/rounded/wifi_find.svg?raw'
import send from '@material-symbols/svg-400/rounded/send-fill.svg?raw'
import sender from '@material-symbols/svg-400/rounded/shield_person.svg?raw'
import sending from '@material-symbols/svg-400/rounded/arrow_upward.svg?raw'
import share from '@material-symbols/svg-400/rounded/ios_share.svg?raw'
import show from '@material-symbols/svg-400/rounded/visibility.svg?raw'
import sign_out from '@material-symbols/svg-400/rounded/logout.svg?raw'
import site from '@material-symbols/svg-400/rounded/cloud_done.svg?raw'
import step from '@material-symbols/svg-400/rounded/arrow_circle_right-fill.svg?raw'
import task from '@material-symbols/svg-400/rounded/radio_button_unchecked.svg?raw'
import tick from '@material-symbols/svg-400/rounded/check.svg?raw'
import tick_full from '@material-symbols/svg-400/rounded/check_circle-fill.svg?raw'
import triangle from '@material-symbols/svg-400/rounded/warning-fill.svg?raw'
import trouble from '@material-symbols/svg-400/rounded/cloud_alert.svg?raw'
import wait from '@material-symbols/svg-400/rounded/schedule.svg?raw'
import warn from '@material-symbols/svg-400/rounded/priority_high.svg?raw'

export interface Sign {
  viewBox: string
  path: string
  /** Width of a line, for signs that are drawn and not filled. */
  stroke?: number
}

/** The one path of a Material Symbol. */
const symbol = (svg: string): Sign => ({ viewBox: '0 -960 960 960', path: / d="([^"]+)"/.exec(svg)?.[1] ?? '' })

const ours = {
  anchor: {
    viewBox: '0 0 24 24',
    stroke: 2,
    path: 'M14.3 4.6a2.3 2.3 0 1 0-4.6 0a2.3 2.3 0 1 0 4.6 0M12 6.9V21M7.6 10.9h8.8M3.6 14.2C4.2 18.3 7.6 21 12 21s7.8-2.7 8.4-6.8',
  },
  octagon: {
    viewBox: '0 0 24 24',
    path: 'M8 2h8l6 6v8l-6 6H8l-6-6V8zM11 6v8h2V6zm0 10v2h2v-2z',
  },
  diamond: {
    viewBox: '0 0 24 24',
    path: 'M12 1.5 22.5 12 12 22.5 1.5 12zM11 6.5v7.3h2V6.5zm0 9.2v2h2v-2z',
  },
} satisfies Record<string, Sign>

const symbols = {
  add: symbol(add),
  back: symbol(back),
  bell: symbol(bell),
  bell_off: symbol(bell_off),
  book: symbol(book),
  book_full: symbol(book_full),
  call: symbol(call),
  chapters: symbol(chapters),
  close: symbol(close),
  contacts: symbol(contacts),
  copy: symbol(copy),
  decline: symbol(decline),
  delete: symbol(bin),
  device: symbol(device),
  door: symbol(door),
  down: symbol(down),
  edit: symbol(edit),
  explore: symbol(explore),
  explore_full: symbol(explore_full),
  forward: symbol(forward),
  help: symbol(help),
  hide: symbol(hide),
  history: symbol(history),
  home: symbol(home),
  home_screen: symbol(home_screen),
  info: symbol(info),
  install: symbol(install),
  language: symbol(language),
  lead: symbol(lead),
  lead_full: symbol(lead_full),
  location: symbol(location),
  lock: symbol(lock),
  lock_open: symbol(lock_open),
  mail: symbol(mail),
  menu: symbol(menu),
  moved: symbol(moved),
  offline: symbol(offline),
  on_board: symbol(on_board),
  open_out: symbol(open_out),
  people: symbol(people),
  person: symbol(person),
  pulse: symbol(pulse),
  ready: symbol(ready),
  ready_full: symbol(ready_full),
  refused: symbol(refused),
  retry: symbol(retry),
  rooms: symbol(rooms),
  rooms_full: symbol(rooms_full),
  safe: symbol(safe),
  search: symbol(search),
  searching: symbol(searching),
  send: symbol(send),
  sender: symbol(sender),
  sending: symbol(sending),
  share: symbol(share),
  show: symbol(show),
  sign_out: symbol(sign_out),
  site: symbol(site),
  step: symbol(step),
  task: symbol(task),
  tick: symbol(tick),
  tick_full: symbol(tick_full),
  triangle: symbol(triangle),
  trouble: symbol(trouble),
  wait: symbol(wait),
  warn: symbol(warn),
}

export const SIGNS: Record<keyof typeof symbols | keyof typeof ours, Sign> = { ...symbols, ...ours }
export type SignName = keyof typeof SIGNS
