/**
 * Passwords that are guessed first. Lists of leaked passwords are mostly a few hundred words with a number, a year or a
 * mark at the end, capitals and look-alike digits; so this knows the words and undoes the rest. About 2 KB instead of a
 * list of ten thousand, and it refuses more.
 */
const WORDS = new Set(
  `password passwort passwd pass contrasena senha motdepasse wachtwoord parola parol haslo losenord salasana jelszo
  admin administrator root user guest login test tester testing demo default changeme letmein welcome willkommen bienvenue
  hello hallo bonjour hola ciao secret geheim access master system server computer internet windows linux android iphone
  apple google facebook twitter instagram whatsapp telegram youtube amazon netflix samsung microsoft parley chat message
  qwerty qwertz azerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc asdqwe qwerasdf poiuyt
  lkjhgf mnbvcxz trustno iloveyou loveyou lovely loveme love lover babygirl babyboy baby angel angels princess prince queen
  king sunshine sunflower flower flowers butterfly rainbow summer winter spring autumn monday friday sunday january february
  march april june july august september october november december football fussball soccer baseball basketball hockey tennis
  golf liverpool arsenal chelsea barcelona realmadrid juventus bayern manchester yankees steelers cowboys lakers dolphins
  monkey dragon tiger lion eagle falcon panther wolf shark horse kitty cat dog puppy hello kitty pokemon pikachu mario naruto
  superman batman spiderman ironman starwars matrix gandalf hobbit hogwarts harrypotter potter mickey minnie donald snoopy
  shadow phoenix hunter ranger ninja samurai pirate warrior killer zombie vampire devil ghost wizard merlin magic mustang
  ferrari porsche mercedes corvette camaro honda toyota yamaha harley jordan michael jennifer jessica ashley daniel andrew
  anthony matthew joshua robert thomas william charlie george david james jackson maggie ginger pepper cookie cheese chocolate
  coffee banana orange apple cherry peanut bubbles sweety sweetheart darling honey sugar candy beautiful gorgeous handsome
  freedom forever family friends friend heaven jesus christ church blessed faith hope grace peace happy lucky smile whatever
  nothing something anything computer1 money dollar bitcoin crypto diamond silver golden gold purple yellow orange green blue
  black white red pink batman1 mother father brother sister mommy daddy mama papa grandma house school college student
  teacher doctor nurse police soldier america american canada england london paris berlin moscow india china japan mexico
  brazil germany france spain italy russia turkey istanbul guitar music metallica nirvana slipknot eminem rockstar rock
  player gamer minecraft fortnite roblox starcraft warcraft counterstrike playstation xbox nintendo fuckyou fuckoff asshole
  bitch sexy sexsex pussy dick abcdef abcdefg abcdefgh abcabc abc aaa xxx zzz changemenow opensesame opensaysme letmeinnow
  mypassword yourpassword thepassword nopassword newpassword oldpassword password1 welcomeback helloworld goodmorning goodluck`
    .split(/\s+/)
    .filter((word) => word.length > 0),
);

const LOOK_ALIKES: Record<string, string> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "@": "a",
  $: "s",
  "!": "i",
  "|": "l",
};
const ROWS = [
  "1234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "yxcvbnm",
  "azertyuiop",
  "abcdefghijklmnopqrstuvwxyz",
];
const LINES = [
  ...ROWS,
  ...ROWS.map((row) => [...row].reverse().join("")),
  "1qaz2wsx3edc4rfv",
  "zaq12wsxcde34rfv",
  "qazwsxedcrfvtgb",
  "1q2w3e4r5t6y",
  "q1w2e3r4t5y6",
  "0987654321",
];

/**
 * Is this a password that is guessed first, or one that is written on the door? `own`: the person's names and address.
 * Expects what {@link Password} of the wire let through: at least eight characters.
 */
export function isCommonPassword(password: string, own: readonly string[] = []): boolean {
  const text = password.normalize("NFKC").toLowerCase();
  if (
    new Set(text).size <= 3 ||
    isRepetition(text) ||
    isLine(text) ||
    /^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(text)
  )
    return true;
  const names = own.flatMap((name) => namesIn(name));
  for (const form of [text, unmask(text)]) {
    const core = form.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
    if (WORDS.has(core) || names.includes(core) || names.includes(form)) return true;
    if (isLine(core) && core.length >= 4 && form.length - core.length <= 4) return true;
    if (isTwoWords(core)) return true;
  }
  return false;
}

/** The name itself, and the parts of an address that stand for the person. */
function namesIn(name: string): string[] {
  const text = name.normalize("NFKC").toLowerCase().trim();
  const [local = ""] = text.split("@");
  return [text, local, text.replace(/[^\p{L}]/gu, ""), local.replace(/[^\p{L}]/gu, "")].filter(
    (part) => part.length >= 4,
  );
}

const unmask = (text: string): string => {
  const tail = /[^\p{L}]*$/u.exec(text)?.[0] ?? "";
  const head = text.slice(0, text.length - tail.length);
  return [...head].map((c) => LOOK_ALIKES[c] ?? c).join("") + tail;
};

/** `abcabcabc`, `12121212`: a piece of up to half the length, again and again. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= text.length / 2; size++)
    if (text.slice(size) === text.slice(0, -size) && (size <= 4 || WORDS.has(text.slice(0, size)))) return true;
  return false;
}

/** A run along a row of keys or of the alphabet, or two runs. */
function isLine(text: string): boolean {
  const runs = (part: string): boolean => part.length >= 3 && LINES.some((line) => (line + line).includes(part));
  if (runs(text)) return true;
  for (let at = 3; at <= text.length - 3; at++) if (runs(text.slice(0, at)) && runs(text.slice(at))) return true;
  return false;
}

/** Two of the words, with nothing else. */
function isTwoWords(text: string): boolean {
  for (let at = 3; at <= text.length - 3; at++)
    if (WORDS.has(text.slice(0, at)) && WORDS.has(text.slice(at))) return true;
  return false;
}
