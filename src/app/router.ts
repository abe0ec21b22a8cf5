/** Which screen stands at which address. Details are children of their list: side by side where there is room. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import LageScreen from './screens/lage/LageScreen.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** A detail page: on a phone it has its own dock instead of the bar. */
    detail?: true
  }
}

const detail = { detail: true } as const

export const routes: RouteRecordRaw[] = [
  {
    path: '/',
    name: 'lage',
    component: LageScreen,
    children: [
      {
        path: 'alert/:id',
        name: 'alert',
        component: () => import('./screens/lage/AlertScreen.vue'),
        props: true,
        meta: detail,
      },
    ],
  },
  {
    path: '/rooms',
    name: 'rooms',
    component: () => import('./screens/rooms/RoomsScreen.vue'),
    children: [
      {
        path: ':id',
        name: 'room',
        component: () => import('./screens/rooms/RoomScreen.vue'),
        props: true,
        meta: detail,
      },
    ],
  },
  {
    path: '/handbook',
    name: 'handbook',
    component: () => import('./screens/handbook/HandbookScreen.vue'),
    children: [
      {
        path: 'contacts',
        name: 'contacts',
        component: () => import('./screens/handbook/ContactsScreen.vue'),
        meta: detail,
      },
      {
        path: ':id',
        name: 'playbook',
        component: () => import('./screens/handbook/PlaybookScreen.vue'),
        props: true,
        meta: detail,
      },
    ],
  },
  { path: '/readiness', name: 'readiness', component: () => import('./screens/readiness/ReadinessScreen.vue') },
  {
    path: '/connection',
    name: 'connection',
    component: () => import('./screens/connection/ConnectionScreen.vue'),
    meta: detail,
  },
  {
    path: '/lead',
    name: 'lead',
    component: () => import('./screens/lead/LeadScreen.vue'),
    children: [
      { path: 'new', name: 'compose', component: () => import('./screens/lead/ComposeScreen.vue'), meta: detail },
      { path: 'fleet', name: 'fleet', component: () => import('./screens/lead/FleetScreen.vue'), meta: detail },
      { path: 'switch', name: 'switch', component: () => import('./screens/lead/SwitchScreen.vue'), meta: detail },
      {
        path: ':id',
        name: 'tally',
        component: () => import('./screens/lead/TallyScreen.vue'),
        props: true,
        meta: detail,
      },
    ],
  },
  {
    path: '/welcome',
    name: 'welcome',
    component: () => import('./screens/sign-in/WelcomeScreen.vue'),
    meta: detail,
  },
  { path: '/:rest(.*)*', redirect: { name: 'lage' } },
]

export const createAppRouter = () =>
  createRouter({
    history: createWebHistory(),
    routes,
    // A room begins at its newest message.
    scrollBehavior: (to, _from, saved) => (to.name === 'room' ? false : (saved ?? { top: 0 })),
  })
