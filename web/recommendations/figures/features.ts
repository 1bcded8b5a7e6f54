/** Names and meanings of the re-ranker's features, and sentences on shifts of taste. */
import { date, digits } from '../../report/sentences/figures.ts'
import type { Shift } from './report.ts'

/** The name of each feature, and which videos have a high value. */
const WORDS: Record<string, [name: string, meaning: string]> = {
  'co-watch': ['watched together', 'by people who watch what one watches'],
  'last watched': ['like the last one', 'by people who watch what one watched last'],
  tags: ['tags', 'about what one watches'],
  'tags just now': ['tags just now', 'about what one has just watched'],
  language: ['language', 'in the language of what one watches'],
  channel: ['channel', 'of channels one watches'],
  'channel just now': ['channel just now', 'of the channel one has just watched'],
  subscribed: ['subscriptions', 'of channels one follows'],
  fresh: ['freshness', 'published lately'],
  'popular today': ['popular today', 'watched by many here in the last hours'],
  'popular now': ['popular this week', 'watched by many here in the last days'],
  popular: ['popular this month', 'watched by many here in the last weeks'],
  'popular in the fediverse': ['popular elsewhere', 'with many views in the fediverse'],
  new: ['hardly watched yet', 'watched by few here'],
}

export const featureName = (feature: string): string => WORDS[feature]?.[0] ?? feature
export const featureMeaning = (feature: string): string => WORDS[feature]?.[1] ?? ''

export const signed = (value: number): string => digits(value).replace('-', '−')

/** A shift in standard deviations of the feature. */
export function shiftSentence({ at_s, feature, before, after }: Shift): string {
  const more = after > before ? 'more' : 'less'
  const name = featureName(feature)
  return `Since ${date(dayOf(at_s))}, people go ${more} by “${name}”: played videos exceed the others by ${signed(after)}, before by ${signed(before)}.`
}

const dayOf = (at_s: number): string => new Date(1000 * at_s).toISOString().slice(0, 10)
