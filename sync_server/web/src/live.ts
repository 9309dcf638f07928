// The duty board's data and its stream of news: kept here so that the red button, the title and the sound work on every
// screen. The page reads the whole board again after every event; events carry no names.
import { computed, reactive } from 'vue'
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

export async function reload(): Promise<void> {
  try {
    const duty = await api.duty()
    skew = new Date(duty.as_of).getTime() - Date.now()
    live.duty = duty
    live.failure = null
    const waiting = new Set(duty.items.filter((item) => item.state === 'reported').map((item) => item.lead_id))
    live.unread = live.unread.filter((id) => waiting.has(id))
  } catch (problem) {
    if (problem instanceof RequestProblem) live.failure = problem
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
  stream.addEventListener('open', () => { live.connected = true; reloadSoon() })
  stream.addEventListener('error', () => {
    live.connected = false
    if (stream.readyState !== EventSource.CLOSED || source !== stream) return
    void reload()
    retry = window.setTimeout(listen, kRetryMs)
  })
  stream.addEventListener('alert', (event) => {
    const alert = JSON.parse((event as MessageEvent<string>).data) as { lead_id: string; grade?: number }
    if (!live.unread.includes(alert.lead_id)) live.unread.push(alert.lead_id)
    ring(alert.grade === 1)
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
  source?.close()
  source = null
  timers.forEach((timer) => window.clearInterval(timer))
  live.duty = null
  live.unread = []
}
