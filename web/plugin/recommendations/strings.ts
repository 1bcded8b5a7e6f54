/** The strings of recommendations in English; `web/plugin/languages` translates them. */
export const TEXT = {
  open: 'Choose what is recommended',
  title: 'What is recommended to you',
  close: 'Close',
  why: 'Why this?',
  whyTitle: 'Why “{name}”?',
  byPeerTube:
    'PeerTube itself has chosen this: the newest videos that share a tag with this one, or the newest of all.',
  sum: 'How this was computed',
  points: '{points} points',
  total: 'In all {points} points: videos with the most points come first.',
  dismiss: 'Not interested',
  dismissed: 'It will not be recommended to you again.',

  forYou: 'For you',
  loading: 'Loading…',
  byViewer: 'By what you watched here, and what others watched.',
  byEverybody: 'The same for everybody: this site does not learn what you watch.',
  byDevice: 'By what you watched here. This was computed in your browser; nobody was told.',
  byNewest: 'The newest videos, because the recommendations do not answer now.',
  notHere: 'This site recommends nothing.',
  noAnswer: 'This site does not answer. Try again later.',
  showMore: 'Show more',

  category: 'You watch videos of this category: {category}',

  privately: 'People who watched “{name}” watched this too.',
  privatelyPopular: 'It is watched here: {share} of what the most watched video has.',
  privatelyNew: 'Few people here have watched it yet.',
  onDevice: 'This was computed in your browser; nobody was told.',

  who: 'Who may know what you watch here?',
  shared: 'This site',
  sharedMeans:
    'Of at most five public videos a day this site learns that somebody watched them, under a name made up by your browser, and whether you liked them. A coin makes that last answer wrong now and then, so nobody can know it for sure.',
  private: 'Nobody',
  privateMeans:
    'Your browser remembers what you watch here and makes the list itself. Nothing is sent.',
  off: 'Nobody, and do not remember anything',
  offMeans:
    'The list is the same for everybody who watches this video, but for your wishes below and what you are not interested in.',
  engaged:
    'You liked a video if you watched half of it, or ten minutes, or pressed thumbs up; not if you pressed thumbs down.',

  dial: 'How much surprise?',
  more: 'More of this',
  surprise: 'Surprise me',

  reset: 'Take a new name',
  resetDone:
    'From now on this site knows you by another name, and does not know that it is you. What it knows of the old name stays; nobody can take it back any more.',
  forget: 'Forget me',
  forgotten: 'Forgotten, here and on this site: {plays} watched videos.',
  forgottenHere: 'Forgotten here. This site has never known you.',
  receipt: 'Save the receipt',
  name: 'The name by which this site knows you: {token}',
  notForgotten: 'This site does not answer, so nothing was forgotten. Try again later.',
  notKept: 'This browser keeps nothing for this site, so it cannot remember that.',
} as const

export const LABEL = 'You watch what has this label: {label}'
export const LANGUAGE = 'You watch videos in this language: {language}'

/** Sentences of `reco/scoring/explanation.py`. */
export const REASONS = [
  '{viewers} people or more who watched {video} watched this too',
  'Watched by people who watched other videos that you watched',
  LABEL,
  'Other labels of what you watch',
  'A chance for something new',
  'Much the same people watched what you watched last, {video}',
  'It has labels of what you have just watched, {video}',
  LANGUAGE,
  'You watch the channel {channel}',
  'You have just watched the channel {channel}',
  'You subscribe to the channel {channel}',
  'Published today',
  'Published yesterday',
  'Published {days} days ago',
  'Popular here in the last hours',
  'Popular here in the last days',
  'Popular here in the last weeks',
  'Popular in the fediverse',
  'Few people here have watched it yet',
  'Popular in your language this week',
  'It counts less because many have watched it in the last hours',
  'It counts less because many watch it now',
  'It counts less because many have watched it for weeks',
  'It counts less because many watch it in the fediverse',
  'It counts less because few people here have watched it yet',
  'It counts less because of what you watched before',
] as const
