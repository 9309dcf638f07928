// The duty board's data and its stream of news: kept here so that the red button, the title and the sound work on every
// screen. The page reads the whole board again after every event; events carry no names. What was told while the stream
// was broken is found on the board and sounds late rather than never.
import { computed, reactive } from 'vue'
import { inOrder } from '@look/order'
import { RequestProblem } from '@look/problem'
import { api } from './api'
import { ring } from './sound'
import type { Duty } from './types'

export const live = reactive({
  duty: null as Duty | null,
  failure: null as RequestProblem | null,
  connected: true,
  now: Date.now(),
  unread: [] as string[],
  synced: 0,
})

export const waitingEmergencies = computed(() =>
  live.duty?.items.filter((item) => item.state === 'reported' && item.grade === 1) ?? [])

const kRetryMs = 3000
let skew = 0
let source: EventSource | null = null
let timers: number[] = []
let pending = 0
let retry = 0
const ask = inOrder()
// Leads that wait and have sounded, or waited when the page was opened, and whether as an emergency.
const told = new Map<string, boolean>()

function alert(lead: string, urgent: boolean): void {
  told.set(lead, urgent)
  if (!live.unread.includes(lead)) live.unread.push(lead)
  ring(urgent)
}

// `before` was told when the board was asked for: what came since may be missing on it.
function takeBoard(duty: Duty, before: Set<string>): void {
  const waiting = new Map(duty.items.filter((item) => item.state === 'reported').map((item) => [item.lead_id, item.grade === 1]))
  for (const [lead, urgent] of waiting) {
    if (!live.duty) told.set(lead, urgent)
    else if (!told.has(lead) || (urgent && !told.get(lead))) alert(lead, urgent)
  }
  for (const lead of before) if (!waiting.has(lead)) told.delete(lead)
  live.unread = live.unread.filter((lead) => told.has(lead))
  live.duty = duty
}

export async function reload(): Promise<void> {
  const mayShow = ask()
  const before = new Set(told.keys())
  try {
    const duty = await api.duty()
    if (!mayShow()) return
    skew = new Date(duty.as_of).getTime() - Date.now()
    takeBoard(duty, before)
    live.failure = null
  } catch (problem) {
    if (mayShow() && problem instanceof RequestProblem) live.failure = problem
  }
  live.now = Date.now() + skew
}

// Several events of one push arrive together: one reading answers them all.
function reloadSoon(): void {
  window.clearTimeout(pending)
  pending = window.setTimeout(reload, 150)
}

export function markRead(lead?: string): void {
  live.unread = lead ? live.unread.filter((id) => id !== lead) : []
}

// The browser tries again after a lost connection, but gives up after an answer it does not like (signed out, server
// going down): then the board is read once, which tells why, and the stream is opened anew.
function listen(): void {
  const stream = new EventSource('/v1/events')
  source = stream
  stream.addEventListener('open', () => { live.connected = true })
  // The server listens from here on: what happened before, also while there was no stream, is read now.
  stream.addEventListener('hello', () => { reloadSoon(); live.synced += 1 })
  stream.addEventListener('error', () => {
    live.connected = false
    if (stream.readyState !== EventSource.CLOSED || source !== stream) return
    void reload()
    retry = window.setTimeout(listen, kRetryMs)
  })
  stream.addEventListener('alert', (event) => {
    const news = JSON.parse((event as MessageEvent<string>).data) as { lead_id: string; grade?: number }
    alert(news.lead_id, news.grade === 1)
    reloadSoon()
  })
  stream.addEventListener('entry', reloadSoon)
  stream.addEventListener('sync', () => { live.synced += 1 })
}

export function start(): void {
  if (source) return
  void reload()
  listen()
  timers = [window.setInterval(() => { live.now = Date.now() + skew }, 5000), window.setInterval(reload, 60_000)]
}

export function stop(): void {
  window.clearTimeout(retry)
  window.clearTimeout(pending)
  ask()()  // what is still on its way was for the account that leaves
  told.clear()
  source?.close()
  source = null
  timers.forEach((timer) => window.clearInterval(timer))
  live.duty = null
  live.unread = []
}
