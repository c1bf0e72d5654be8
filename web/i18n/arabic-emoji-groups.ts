/** Groups of emoji in Arabic, which Emojibase does not have; by its keys. */
export const ARABIC_EMOJI_GROUPS: Readonly<Record<string, string>> = {
  "smileys-emotion": "الوجوه والمشاعر",
  "people-body": "الناس والجسم",
  component: "المكوّنات",
  "animals-nature": "الحيوانات والطبيعة",
  "food-drink": "الطعام والشراب",
  "travel-places": "السفر والأماكن",
  activities: "الأنشطة",
  objects: "الأشياء",
  symbols: "الرموز",
  flags: "الأعلام",
};
