// Who is signed in. Menus follow the roles; the server decides every request again.
import { reactive } from 'vue'
import { api, useToken, whenSignedOut } from './api'
import type { SessionFacts } from './types'

export const session = reactive<{ facts: SessionFacts | null }>({ facts: null })

function take(facts: SessionFacts | null): void {
  session.facts = facts
  useToken(facts?.csrf ?? '')
}
whenSignedOut(() => take(null))

export async function resume(): Promise<void> {
  try { take(await api.session()) } catch { take(null) }
}
export async function signIn(login: string, password: string): Promise<void> { take(await api.signIn(login, password)) }
export async function signOut(): Promise<void> {
  try { await api.signOut() } finally { take(null) }
}

const kCase = ['township', 'township_leader', 'district', 'district_leader', 'supervisor']
const has = (wanted: string[]) => session.facts?.account.roles.some((held) => wanted.includes(held.role)) ?? false
export const mayReadCases = () => has(kCase)
export const mayReadDevices = () => has([...kCase, 'sysadmin', 'secadmin'])
export const mayReadComparisons = () => has(['district', 'district_leader'])
export const mayCompare = () => has(['district'])
export const mayDecide = () => has(['township', 'township_leader', 'district', 'district_leader'])
export const mayEnrol = () => has(['district', 'sysadmin'])
export const mayRevoke = () => has(['district', 'sysadmin', 'secadmin'])
