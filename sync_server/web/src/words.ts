// Words for codes and figures, the same on every screen.
import { useI18n } from 'vue-i18n'
import { preferences } from '@look/preferences'
import { chinaParts, clockTime, dayText, momentText, remaining, spanText } from '@look/time'
import type { Count, Item, Lamp } from './types'

export type ShownLamp = Lamp | 'new'

export function percentText(count: Count): string {
  if (count.due === 0) return '—'
  if (count.done >= count.due) return '100.0%'
  if (count.done === 0) return '0.0%'
  const tenths = Math.round((count.done * 1000) / count.due)
  return `${(Math.min(999, Math.max(1, tenths)) / 10).toFixed(1)}%`
}
export const numberText = (value: number) => value.toLocaleString('en-US')

export function useWords() {
  const { t, tm } = useI18n()
  const word = (group: string, code: string | null | undefined): string => {
    if (!code) return ''
    const words = tm(group) as Record<string, string>
    return typeof words?.[code] === 'string' ? words[code] : code
  }
  const day = (iso: string) => dayText(iso, preferences.locale)
  // A working-day deadline is the midnight that ends its day: the day itself is named.
  const atDayEnd = (iso: string) => clockTime(iso) === '00:00'
  const before = (iso: string) => new Date(new Date(iso).getTime() - 1).toISOString()
  const dueDay = (iso: string) => day(atDayEnd(iso) ? before(iso) : iso)
  const dueMoment = (iso: string) => (atDayEnd(iso) ? t('time.dayEnd', { day: day(before(iso)) }) : moment(iso))
  const dueNear = (iso: string, now: number) => (atDayEnd(iso) ? t('time.dayEnd', { day: day(before(iso)) }) : near(iso, now))
  const moment = (iso: string) => momentText(iso, preferences.locale)
  // Within today the hour is enough; yesterday is named.
  const near = (iso: string, now: number) => {
    const today = dayText(new Date(now).toISOString(), preferences.locale)
    if (day(iso) === today) return t('time.today', { time: clockTime(iso) })
    if (day(iso) === dayText(new Date(now - 86_400_000).toISOString(), preferences.locale)) return t('time.yesterday', { time: clockTime(iso) })
    return moment(iso)
  }
  const span = (minutes: number) => (minutes >= 48 * 60 ? t('time.days', { n: Math.floor(minutes / 1440) }) : spanText(minutes, preferences.locale))
  const weekday = (now: number) => (tm('time.weekday') as string[])[chinaParts(now).weekday]
  const isOpen = (item: Item) => !['closed', 'voided', 'rejected', 'merged', 'watch', 'returned'].includes(item.state)

  const left = (item: Item, now: number): string => {
    if (!item.due_at || !isOpen(item)) return '—'
    const time = remaining(item.due_at, now)
    if (time.over) return time.hours >= 72 ? t('time.overDays', { n: Math.floor(time.hours / 24) }) : t('time.over', { span: span(time.hours * 60 + time.minutes) })
    if (item.grade === 2 && time.hours >= 24) return t('time.until', { day: dueDay(item.due_at) })
    return span(time.hours * 60 + time.minutes)
  }
  const lampOf = (item: Item): { lamp: ShownLamp; text: string } | null => {
    if (!isOpen(item)) return null
    if (item.lamp === 'red') return { lamp: 'red', text: item.overdue_on_arrival ? t('lamp.arrival') : t('lamp.red') }
    if (item.lamp === 'yellow') return { lamp: 'yellow', text: t('lamp.yellow') }
    if (item.state === 'reported') return { lamp: 'new', text: t('lamp.new') }
    if (!item.lamp) return null
    return { lamp: item.lamp, text: t(`lamp.${item.lamp}`) }
  }
  const grade = (value: number | null | undefined) => (value === 1 || value === 2 ? t(`grade.${value}`) : t('grade.open'))
  // A grid is often named after its community; the name is said once.
  const place = (community: string, grid: string) => (grid.startsWith(community) ? grid : `${community} ${grid}`)
  const proposal = (item: Item) => t('accept.proposed', { rule: item.grade_rule ? grade(item.grade_rule) : t('accept.notSet'), worker: item.grade_worker ? grade(item.grade_worker) : t('accept.notSet') })
  const category = (name: string) => word('category', name)
  const state = (code: string) => word('state', code)
  return { t, tm, word, day, moment, dueMoment, dueNear, near, span, weekday, isOpen, left, lampOf, grade, place, proposal, category, state, time: clockTime }
}
