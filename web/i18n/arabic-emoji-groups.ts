/** Groups of emoji in Arabic, which Emojibase does not have; by what they are called in English. */
export const ARABIC_EMOJI_GROUPS: ReadonlyMap<string, string> = new Map([
  ["smileys & emotion", "الوجوه والمشاعر"],
  ["people & body", "الناس والجسم"],
  ["components", "المكوّنات"],
  ["animals & nature", "الحيوانات والطبيعة"],
  ["food & drink", "الطعام والشراب"],
  ["travel & places", "السفر والأماكن"],
  ["activities", "الأنشطة"],
  ["objects", "الأشياء"],
  ["symbols", "الرموز"],
  ["flags", "الأعلام"],
]);
