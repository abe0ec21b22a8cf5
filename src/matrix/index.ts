/** Matrix by matrix-js-sdk and a few requests of our own. Nothing of the SDK leaves this folder. */
import type { Clock, Matrix, Projection } from '../core/ports.ts'
import { connect } from './connection.ts'
import { joinAgencyRooms, joinOffered } from './join.ts'
import { members, stateEvent } from './rooms.ts'
import { answers, openId, signIn, signOut, whoami } from './session.ts'

export function openMatrix(ports: { projection: Projection; clock: Clock }): Matrix {
  return {
    signIn,
    signOut,
    answers,
    whoami,
    openId,
    members,
    stateEvent,
    joinAgencyRooms: (account, deployment) => joinAgencyRooms(ports, account, deployment),
    joinOffered: (account, deployment) => joinOffered(ports.clock, account, deployment),
    connect: (account, rooms, on) => connect(ports, account, rooms, on),
  }
}
