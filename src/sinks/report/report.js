/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report.js: what one does with the page of a capture, and with that of a tree
 * of captures.
 *
 * Data are JSON in elements; each is parsed when it is first needed.  Captured
 * text reaches the page as text nodes only, links through hrefOf only.  What
 * stands between the marks `pure' needs no page: tests run it alone.
 */
(() => {
"use strict";

/* pure: begin */

/* ---- bytes as text, as in a transcript ---- */

const HIDDEN = [
	[0x00, 0x1f], [0x7f, 0x9f], [0x200b, 0x200f], [0x2028, 0x202e],
	[0x2060, 0x206f], [0xd800, 0xdfff], [0xfdd0, 0xfdef], [0xfeff, 0xfeff],
	[0xfff9, 0xfffb],
];

function isPrintable(cp) {
	return (cp & 0xfffe) !== 0xfffe && cp <= 0x10ffff &&
	    !HIDDEN.some(([first, last]) => cp >= first && cp <= last);
}

/* Length of the printable UTF-8 sequence at i, or 0 (RFC 3629). */
function sequenceLength(bytes, i) {
	const c = bytes[i];
	const n = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	let cp = c & (0x7f >> n);

	if (n === 0 || i + n > bytes.length)
		return 0;
	for (let k = 1; k < n; k++) {
		if ((bytes[i + k] & 0xc0) !== 0x80)
			return 0;
		cp = cp << 6 | bytes[i + k] & 0x3f;
	}
	if (n === 3 && cp < 0x800 || n === 4 && cp < 0x10000)
		return 0;
	return isPrintable(cp) ? n : 0;
}

/* How many bytes at i stand as they are; 0: it is to be escaped. */
function plainLength(bytes, i, lines) {
	const c = bytes[i];

	if (c >= 0x80)
		return sequenceLength(bytes, i);
	if (c === 0x0a)
		return lines ? 1 : 0;
	return c >= 0x20 && c < 0x7f && c !== 0x5c ? 1 : 0;
}

const hex2 = (c) => (c < 16 ? "0" : "") + c.toString(16);
const SHORT = new Map([[0x5c, "\\\\"], [0x0d, "\\r"], [0x09, "\\t"],
	[0x0a, "\\n"]]);
const escapeByte = (c) => SHORT.get(c) || "\\x" + hex2(c);
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/* Text and escapes by turns, beginning with text; with lines, a line feed of
 * the payload is one of the text. */
function escapePieces(bytes, lines) {
	const pieces = [];

	for (let i = 0; i < bytes.length;) {
		const from = i;
		let odd = "";

		for (let n = 1; i < bytes.length && n > 0; i += n)
			n = plainLength(bytes, i, lines);
		pieces.push(utf8.decode(bytes.subarray(from, i)));
		while (i < bytes.length && plainLength(bytes, i, lines) === 0)
			odd += escapeByte(bytes[i++]);
		pieces.push(odd);
	}
	return pieces;
}

/* A name, a URL: no character of it can hide or turn others round. */
function visible(text) {
	let out = "";

	for (const c of String(text)) {
		if (isPrintable(c.codePointAt(0))) {
			out += c;
			continue;
		}
		for (const byte of new TextEncoder().encode(c))
			out += escapeByte(byte);
	}
	return out;
}

/* OFFSET  xx xx ...  |ascii|, 16 bytes a line. */
function hexDump(bytes, offset) {
	const lines = [];

	for (let i = 0; i < bytes.length; i += 16) {
		const part = bytes.subarray(i, i + 16);
		let digits = "", ascii = "";

		part.forEach((c, k) => {
			digits += (k === 8 ? "  " : k > 0 ? " " : "") + hex2(c);
			ascii += c >= 0x20 && c < 0x7f ?
			    String.fromCharCode(c) : ".";
		});
		lines.push((offset + i).toString(16).padStart(8, "0") + "  " +
		    digits.padEnd(48) + "  |" + ascii + "|");
	}
	return lines.join("\n");
}

function bytesOf(base64) {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);

	for (let i = 0; i < text.length; i++)
		bytes[i] = text.charCodeAt(i);
	return bytes;
}

/* ---- links and commands ---- */

const LINKED = /\.(txt|hex|json|pcap|timing)$/;
const isSafeName = (name) => name.split("/").every((part) =>
	part !== "" && part !== "." && part !== "..");

/* A file below this one of a type that no browser runs, or null. */
function hrefOf(name) {
	if (!isSafeName(name) ||
	    !(LINKED.test(name) || name.endsWith(".sessions/report.html")))
		return null;
	try {
		return "./" + name.split("/").map(encodeURIComponent).join("/");
	} catch {
		return null;
	}
}

const quoteShell = (word) => /^[\w.,:/@%+=][\w.,:/@%+=-]*$/.test(word) ? word :
	"'" + word.replace(/'/g, "'\\''") + "'";
/* A file that a command reads: its name is no option. */
const quotePath = (name) => quoteShell((name[0] === "-" ? "./" : "") + name);

/* ---- numbers ---- */

const group = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u2009");
const withCommas = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/* Three digits that count: 1187, 13.7k, 2.39M. */
function short(n) {
	let unit = "";

	if (n < 10000)
		return String(n);
	for (const u of ["k", "M", "G", "T"]) {
		n /= 1000;
		unit = u;
		if (n < 999.5)
			break;
	}
	return (n < 9.995 ? n.toFixed(2) : n < 99.95 ? n.toFixed(1) :
	    n.toFixed(0)) + unit;
}

/* A span of seconds as a person says it. */
function spanText(s) {
	if (s < 0.001)
		return (s * 1e6).toFixed(0) + " µs";
	if (s < 0.9995)
		return (s * 1000).toPrecision(3) + " ms";
	if (s < 120)
		return s.toFixed(2) + " s";
	if (s < 7200)
		return (s / 60).toFixed(1) + " min";
	return s < 172800 ? (s / 3600).toFixed(1) + " h" :
	    (s / 86400).toFixed(1) + " d";
}

/* Ticks as seconds, all digits. */
function seconds(ticks, digits) {
	const per = 10 ** digits;
	const t = Math.abs(ticks);

	return (ticks < 0 ? "-" : "") + Math.floor(t / per) + "." +
	    String(t % per).padStart(digits, "0");
}

/* The least 1, 2 or 5 times a power of ten that is not below x. */
function niceStep(x) {
	const power = 10 ** Math.floor(Math.log10(x));

	return [1, 2, 5, 10].map((k) => k * power).find((s) => s >= x * 0.999);
}

/* The like of seconds that a clock has. */
const clockStep = (x) => [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
	3600, 7200, 14400, 21600, 43200, 86400].find((s) => s >= x) ||
	86400 * niceStep(x / 86400);

/* ---- time: folds, lanes ---- */

/*
 * Pieces of the time from begin to end without the silences that would squeeze
 * the rest: the longest first, at most six, each at least a quarter of what
 * remains without it.  spans is [[start, end]...] sorted by start.
 */
function foldTime(spans, begin, end) {
	const silences = [];
	let until = begin, remains = end - begin;

	for (const [a, b] of spans) {
		if (a > until)
			silences.push([until, a]);
		until = Math.max(until, b);
	}
	const folded = [];
	silences.sort((x, y) => (y[1] - y[0]) - (x[1] - x[0]));
	for (const s of silences.slice(0, 6)) {
		if (s[1] - s[0] <= (remains - (s[1] - s[0])) / 4)
			break;
		remains -= s[1] - s[0];
		folded.push(s);
	}
	folded.sort((x, y) => x[0] - y[0]);
	const pieces = [];
	let from = begin;
	for (const [a, b] of folded) {
		pieces.push([from, a]);
		from = b;
	}
	pieces.push([from, end]);
	return pieces;
}

/* Each piece as {from, to, x0, x1}, with `gap' between; widths go by time, but
 * a piece has some at least. */
function placePieces(pieces, x0, x1, gap) {
	const least = 8;
	const room = x1 - x0 - gap * (pieces.length - 1) -
	    least * pieces.length;
	const total = pieces.reduce((sum, [a, b]) => sum + b - a, 0);
	let x = x0;

	return pieces.map(([from, to]) => {
		const width = least + (total > 0 ?
		    room * (to - from) / total : room / pieces.length);
		const placed = { from, to, x0: x, x1: x + width };

		x += width + gap;
		return placed;
	});
}

function timeToX(placed, t) {
	for (const p of placed) {
		if (t > p.to && p !== placed[placed.length - 1])
			continue;
		const share = p.to > p.from ? (t - p.from) / (p.to - p.from) : 0;
		return p.x0 + (p.x1 - p.x0) * Math.min(1, Math.max(0, share));
	}
	return 0;
}

function xToTime(placed, x) {
	for (const p of placed) {
		if (x > p.x1 && p !== placed[placed.length - 1])
			continue;
		const share = (x - p.x0) / (p.x1 - p.x0);
		return p.from + (p.to - p.from) * Math.min(1, Math.max(0, share));
	}
	return 0;
}

/* The lane of each [x0, x1], sorted by x0: the first that is free. */
function packLanes(spans, apart) {
	const ends = [];

	return spans.map(([a, b]) => {
		let lane = ends.findIndex((end) => end + apart <= a);

		if (lane < 0)
			lane = ends.length;
		ends[lane] = b;
		return lane;
	});
}

/* ---- the filter's language ---- */

const TEXT_KEYS = new Set(["service", "state", "remark", "client", "server",
	"name", "proto", "port", "session"]);
const NUMBER_KEYS = new Set(["bytes", "up", "down", "packets", "duration", "rtt",
	"missing"]);
const FACTORS = new Map([["", 1], ["k", 1e3], ["M", 1e6], ["G", 1e9]]);

function parseTerm(word) {
	const not = word.length > 1 && word[0] === "-";
	const rest = (not ? word.slice(1) : word).replace(/"/g, "");
	const bound = /^([a-z]+)([<>])(.*)$/.exec(rest);
	const keyed = /^([a-z]+):(.*)$/.exec(rest);

	if (bound !== null && NUMBER_KEYS.has(bound[1])) {
		const n = /^(\d+\.?\d*|\.\d+)([kMG]?)$/.exec(bound[3]);

		if (n === null)
			throw new Error(bound[1] + bound[2] +
			    " wants a number, such as 10k");
		return { not, key: bound[1], above: bound[2] === ">",
			than: Number(n[1]) * FACTORS.get(n[2]) };
	}
	if (keyed !== null && TEXT_KEYS.has(keyed[1]))
		return { not, key: keyed[1], text: keyed[2].toLowerCase() };
	return { not, key: "", text: rest };
}

/* Words are AND; a blank can stand between quotes.  Throws what is wrong. */
function parseFilter(text, isRegex) {
	if (isRegex)
		return { regex: text === "" ? null : new RegExp(text),
			terms: [] };
	const words = text.match(/(?:"[^"]*"?|[^\s"])+/g) || [];
	return { regex: null, terms: words.map(parseTerm) };
}

/*
 * Whether a term lets an item through: of(key) is its number, text or list of
 * texts, line its line of the summary, said what was said in it or "".
 */
function termHolds(term, of, line, said) {
	let found;

	if (term.key === "") {
		found = line().includes(term.text) ||
		    said !== null && said().includes(term.said);
	} else if (NUMBER_KEYS.has(term.key)) {
		const n = of(term.key);

		found = term.above ? n > term.than : n >= 0 && n < term.than;
	} else {
		const exact = term.key === "port" || term.key === "session" ||
		    term.key === "proto";

		found = [].concat(of(term.key)).some((value) => exact ?
		    value === term.text :
		    value.toLowerCase().includes(term.text));
	}
	return found !== term.not;
}

/* A remark's parts, without their numbers: what the facet counts. */
function remarkKinds(remark) {
	if (remark === "")
		return ["none"];
	return [...new Set(remark.split(", ").map((part) =>
	    part.replace(/\s*\b\d[\d.]*( s\b|%)?/g, "").trim()))];
}

/* ---- what a graph draws ---- */

/* Steps that never go back: [[time, value]...] of rising values. */
function rising(points) {
	const steps = [];
	let top = -Infinity;

	for (const [t, v] of points)
		if (v > top)
			steps.push([t, top = v]);
	return steps;
}

/* RTT of each new segment whose end was acknowledged: [[time, ticks]...].
 * segments and acks are [[time, number]...] in time's order. */
function roundTrips(segments, acks) {
	const steps = rising(acks);
	const trips = [];
	let top = -Infinity, at = 0;

	for (const [t, end] of segments) {
		if (end <= top)
			continue;
		top = end;
		while (at < steps.length && steps[at][1] < end)
			at++;
		if (at < steps.length && steps[at][0] >= t)
			trips.push([steps[at][0], steps[at][0] - t]);
	}
	return trips;
}

/* pure: end */

/* ---- elements ---- */

const $ = (id) => document.getElementById(id);

/* An element with a class and children; strings become text nodes. */
function element(tag, name, ...children) {
	const e = document.createElement(tag);

	if (name)
		e.className = name;
	e.append(...children.filter((c) => c !== null));
	return e;
}

function button(label, action, title) {
	const b = element("button", "", label);

	b.type = "button";
	b.addEventListener("click", action);
	if (title)
		b.title = title;
	return b;
}

function svg(tag, attributes, text) {
	const e = document.createElementNS("http://www.w3.org/2000/svg", tag);

	for (const [name, value] of attributes)
		e.setAttribute(name, value);
	if (text !== undefined)
		e.textContent = text;
	return e;
}

/* The JSON in an element, or null. */
function dataOf(id) {
	const e = $(id);

	return e === null ? null : JSON.parse(e.textContent);
}

function press(b, on) {
	b.setAttribute("aria-pressed", on);
}

function copyText(text, b) {
	const label = b.textContent;
	const field = element("textarea", "", text);

	document.body.append(field);
	field.select();
	const done = document.execCommand("copy");
	field.remove();
	b.textContent = done ? "copied" : "cannot copy";
	setTimeout(() => { b.textContent = label; }, 1200);
}

/* ---- the capture and its clock ---- */

const capture = dataOf("capture");
const record = capture.record || {};
const DIGITS = capture.unit === 1 ? 9 : 6;
const SECOND = 10 ** DIGITS;
const t0 = BigInt(capture.t0 || 0);
const T0_SECOND = Number(BigInt.asIntN(64, t0 - ((t0 % 1000000000n +
	1000000000n) % 1000000000n)) / 1000000000n);
const T0_TICKS = Math.floor(Number(t0 - BigInt(T0_SECOND) * 1000000000n) /
	capture.unit);

/* 2026-11-20T21:21:29.298252Z; digits of the second may be fewer. */
function utc(tick, digits = DIGITS) {
	const ticks = T0_TICKS + tick;
	const s = Math.floor(ticks / SECOND);
	const date = new Date((T0_SECOND + s) * 1000).toISOString();
	const part = String(ticks - s * SECOND).padStart(DIGITS, "0");

	return date.slice(0, -5) +
	    (digits > 0 ? "." + part.slice(0, digits) : "") + "Z";
}

const timeOfDay = (tick, digits) => utc(tick, digits).slice(11, -1);
const secondsOf = (ticks) => seconds(ticks, DIGITS);

/* Time as the clock is set. */
function clockText(tick) {
	return state.clock === "UTC" ? timeOfDay(tick) : secondsOf(tick);
}

/* ---- what is listed ---- */

const state = {
	clock: "UTC",
	view: null,		/* the model that the table shows */
	query: parseFilter("", false),
	said: false,
	chosen: new Map(),	/* facet -> Set of its values */
	brush: null,		/* [from, to] in ticks */
	onlyMissing: false,
	session: null,		/* number of the one that is open */
	share: 42,		/* percent that the table has beside it */
};

/* Places in a row of `rows'. */
const R = { number: 0, proto: 1, client: 2, server: 3, service: 4, name: 5,
	flags: 6, packets: 8, bytes: 10, start: 12, end: 13, rtt: 14, state: 15,
	remark: 16, missing: 17, grade: 18, data: 19, exchanges: 20, wait: 21 };
/* And in one of `exchanges', of `captures'. */
const X = { session: 0, time: 1, method: 2, host: 3, url: 4, status: 5, type: 6,
	decoded: 7, wait: 8, sha256: 9, wire: 10, end: 11 };
const C = { directory: 0, name: 1, size: 2, from: 3, to: 4, packets: 5,
	sessions: 6, bytes: 7, missing: 8, warnings: 9, status: 10, message: 11 };

const spanOrDash = (ticks) => ticks < 0 ? "-" : secondsOf(ticks);

/*
 * A model has rows, columns, facets and functions of an item's place.  A facet
 * is [name, key of an item, values of a key].  A
 * column is [heading, what sorts it, its text, options]: `number' is right and
 * begins with the largest, drop says how early it goes for want of room, cut
 * how many characters do then, css its class.
 */
const list = dataOf("rows") || { words: [""], rows: [] };
const rows = list.rows;
const shown = list.words.map(visible);
const word = (row, place) => shown[row[place]] || "";
const isTcp = rows.map((row) => list.words[row[R.proto]] === "tcp");

/* The line of -s that --match sees. */
const lines = [];
function lineOf(i) {
	if (lines[i] !== undefined)
		return lines[i];
	const r = rows[i], w = list.words;
	const name = (place) => w[r[place]] || "-";

	return lines[i] = [isTcp[i] ? r[0] : "-", w[r[R.proto]], w[r[R.client]],
		w[r[R.server]], name(R.service), name(R.flags), name(R.flags + 1),
		r[R.packets], r[R.packets + 1], r[R.bytes], r[R.bytes + 1],
		utc(r[R.start]), secondsOf(r[R.end] - r[R.start]),
		spanOrDash(r[R.rtt]), spanOrDash(r[R.wait] ?? -1), w[r[R.state]],
		name(R.name), w[r[R.remark]]].join("  ");
}

const portOf = (end) => end.slice(end.lastIndexOf(":") + 1);

function sessionValue(i, key) {
	const r = rows[i];

	switch (key) {
	case "bytes": return r[R.bytes] + r[R.bytes + 1];
	case "up": return r[R.bytes];
	case "down": return r[R.bytes + 1];
	case "packets": return r[R.packets] + r[R.packets + 1];
	case "duration": return (r[R.end] - r[R.start]) / SECOND;
	case "rtt": return r[R.rtt] < 0 ? -1 : r[R.rtt] / SECOND;
	case "missing": return r[R.missing];
	case "session": return isTcp[i] ? String(r[R.number]) : "-";
	case "port": return [portOf(word(r, R.client)), portOf(word(r, R.server))];
	default: return word(r, R[key]);
	}
}

/* Words sort by their rank, which is found once. */
function ranks(words) {
	const order = words.map((w, i) => i).sort((a, b) =>
	    words[a] < words[b] ? -1 : words[a] > words[b] ? 1 : 0);
	const rank = [];

	order.forEach((i, k) => { rank[i] = k; });
	return rank;
}

function wordColumn(heading, place, model, options) {
	let rank = null;

	return [heading, (i) => (rank = rank || ranks(model.words))[
	    model.rows[i][place]], (i) => model.shown[model.rows[i][place]] ||
	    (options.dash ? "-" : ""), { words: true, place, ...options }];
}

function numberColumn(heading, place, model, options) {
	return [heading, (i) => model.rows[i][place],
	    (i) => group(model.rows[i][place]),
	    { number: true, place, ...options }];
}

const sessions = {
	kind: "sessions", words: list.words, shown, rows,
	noun: "session",
	start: (i) => rows[i][R.start],
	end: (i) => rows[i][R.end],
	grade: (i) => rows[i][R.grade],
	value: sessionValue,
	line: lineOf,
	facets: [["service", (i) => rows[i][R.service], (w) => [shown[w] || "none"]],
		["state", (i) => rows[i][R.state], (w) => [shown[w]]],
		["remark", (i) => rows[i][R.remark],
			(w) => remarkKinds(shown[w] || "")]],
	session: (i) => isTcp[i] ? rows[i][R.number] : null,
	css: (i) => isTcp[i] ? "" : "udp",
};
const graded = (i) => ["dim", "notice", "lost"][rows[i][R.grade]];

sessions.columns = [
	["#", (i) => isTcp[i] ? rows[i][0] : -1,
		(i) => isTcp[i] ? String(rows[i][0]) : "-", { number: true, drop: 12 }],
	wordColumn("proto", R.proto, sessions, { drop: 6 }),
	wordColumn("client", R.client, sessions, { css: "client", cut: 22 }),
	wordColumn("server", R.server, sessions, { css: "server", cut: 22 }),
	wordColumn("service", R.service, sessions, { drop: 10, dash: true }),
	wordColumn("name", R.name, sessions, { drop: 7, cut: 16 }),
	wordColumn(">flags", R.flags, sessions, { drop: 1, dash: true }),
	wordColumn("<flags", R.flags + 1, sessions, { drop: 1, dash: true }),
	numberColumn(">pkts", R.packets, sessions, { drop: 4 }),
	numberColumn("<pkts", R.packets + 1, sessions, { drop: 4 }),
	numberColumn(">bytes", R.bytes, sessions, { drop: 6 }),
	numberColumn("<bytes", R.bytes + 1, sessions, { drop: 9 }),
	["start", (i) => rows[i][R.start], (i) => clockText(rows[i][R.start]),
		{ drop: 2, longest: DIGITS + 9 }],
	["duration", (i) => rows[i][R.end] - rows[i][R.start],
		(i) => secondsOf(rows[i][R.end] - rows[i][R.start]),
		{ number: true, drop: 5 }],
	["rtt", (i) => rows[i][R.rtt], (i) => spanOrDash(rows[i][R.rtt]),
		{ number: true, drop: 3 }],
	wordColumn("state", R.state, sessions, { drop: 11 }),
	wordColumn("remark", R.remark, sessions, { rest: true, cut: 10, drop: 8,
		shade: (i) => graded(i) }),
];

/* ---- the HTTP exchanges ---- */

const exchanges = { kind: "exchanges", noun: "exchange", words: [""], shown: [""],
	rows: [] };
const wordX = (row, place) => exchanges.shown[row[place]] || "";

function readExchanges() {
	const x = dataOf("exchanges");

	if (x === null)
		return;
	exchanges.words = x.words;
	exchanges.shown = x.words.map(visible);
	exchanges.rows = x.rows;
}

/* An answer that is no answer. */
const statusClass = (status) => status >= 400 ? "lost" : "";

Object.assign(exchanges, {
	session: (i) => exchanges.rows[i][X.session],
	css: () => "",
	columns: [
		numberColumn("session", X.session, exchanges, { drop: 6 }),
		["time", (i) => exchanges.rows[i][X.time],
			(i) => clockText(exchanges.rows[i][X.time]),
			{ drop: 1, longest: DIGITS + 9 }],
		wordColumn("method", X.method, exchanges, {}),
		wordColumn("host", X.host, exchanges, { css: "server", drop: 5,
			cut: 22 }),
		["url", (i) => exchanges.rows[i][X.url],
			(i) => pathOf(exchanges.rows[i]), { rest: true, cut: 20 }],
		["status", (i) => exchanges.rows[i][X.status],
			(i) => String(exchanges.rows[i][X.status] || "-"),
			{ number: true, drop: 7,
			shade: (i) => statusClass(exchanges.rows[i][X.status]) }],
		wordColumn("type", X.type, exchanges, { drop: 4, cut: 18 }),
		["decoded", (i) => exchanges.rows[i][X.decoded],
			(i) => sizeOrDash(exchanges.rows[i][X.decoded]),
			{ number: true, drop: 4 }],
		["wire", (i) => exchanges.rows[i][X.wire],
			(i) => sizeOrDash(exchanges.rows[i][X.wire]),
			{ number: true, drop: 2 }],
		["wait", (i) => exchanges.rows[i][X.wait],
			(i) => spanOrDash(exchanges.rows[i][X.wait]),
			{ number: true, drop: 3 }],
	],
});

const sizeOrDash = (n) => n < 0 ? "-" : group(n);

/* The URL without what the column host has. */
function pathOf(row) {
	const url = visible(row[X.url]);
	const at = url.indexOf(wordX(row, X.host));

	return at > 0 && row[X.host] !== 0 && /^[a-z]+:\/\/$/.test(url.slice(0, at)) ?
	    url.slice(at + wordX(row, X.host).length) || "/" : url;
}

/* ---- the captures of a tree ---- */

const tree = dataOf("captures");
const captures = tree && {
	kind: "captures", noun: "capture", words: tree.words, shown: tree.words.map(visible),
	rows: tree.rows,
	start: (i) => tree.rows[i][C.from],
	end: (i) => tree.rows[i][C.to],
	grade: (i) => captureGrade(tree.rows[i]),
	value: (i, key) => captureValue(tree.rows[i], key),
	line: (i) => tree.rows[i].join("  "),
	facets: [["state", (i) => captureState(tree.rows[i]), (w) => [w]]],
	session: () => null,
	css: () => "",
	href: (i) => tree.rows[i][C.directory] === "" ? null :
	    hrefOf(tree.rows[i][C.directory] + "/report.html"),
	columns: [],
};

const captureGrade = (r) => r[C.status] > 1 || r[C.missing] > 0 ? 2 :
	r[C.status] === 1 || r[C.warnings] > 0 ? 1 : 0;
const captureState = (r) => r[C.status] > 1 ? "failed" :
	r[C.status] === 1 ? "incomplete" : r[C.missing] > 0 ? "bytes missing" :
	r[C.warnings] > 0 ? "warnings" : "whole";

function captureValue(r, key) {
	const numbers = { bytes: r[C.bytes], packets: r[C.packets],
		missing: r[C.missing], duration: (r[C.to] - r[C.from]) / SECOND };

	return NUMBER_KEYS.has(key) ? numbers[key] ?? -1 :
	    key === "name" ? visible(r[C.name]) :
	    key === "state" ? captureState(r) :
	    key === "remark" ? visible(r[C.message] || "") : "";
}

if (captures) {
	const rank = (place) => {
		let found = null;
		return (i) => (found = found ||
		    ranks(tree.rows.map((r) => String(r[place]))))[i];
	};

	captures.columns = [
		["capture", rank(C.name), (i) => visible(tree.rows[i][C.name]),
			{ cut: 24, link: true }],
		numberColumn("size", C.size, captures, { drop: 2 }),
		["from", captures.start, (i) => captureTime(i, C.from),
			{ drop: 4, longest: 20 }],
		["to", captures.end, (i) => captureTime(i, C.to),
			{ drop: 1, longest: 20 }],
		numberColumn("packets", C.packets, captures, { drop: 3 }),
		numberColumn("sessions", C.sessions, captures, {}),
		numberColumn("bytes", C.bytes, captures, { drop: 5 }),
		numberColumn("missing", C.missing, captures, { drop: 6 }),
		numberColumn("warnings", C.warnings, captures, { drop: 4 }),
		["remark", rank(C.message), (i) => visible(tree.rows[i][C.message] || "") ||
			(captureState(tree.rows[i]) === "whole" ? "" :
			captureState(tree.rows[i])), { rest: true, cut: 10,
			shade: (i) => ["", "notice", "lost"][captureGrade(tree.rows[i])] }],
	];
}

/* A capture without packets has no time. */
const captureTime = (i, place) => tree.rows[i][C.packets] === 0 ? "-" :
	utc(tree.rows[i][place], 0);

const main = captures || sessions;
const total = captures ? captures.rows.length : isTcp.filter((x) => x).length;

/* ---- which pass ---- */

/* Whether an element is there to its end: the file may still be coming. */
const isRead = (id) => document.readyState !== "loading" ||
	$(id) !== null && $(id).nextSibling !== null;

/* What was said in a session, a character a byte, as far as the page has it. */
const saidTexts = new Map();
function saidIn(i) {
	const number = main.session(i);

	if (number === null || !rows[i][R.data] || !isRead("d" + number))
		return "";
	if (!saidTexts.has(number)) {
		const d = dataOf("d" + number);
		const parts = ["", "", ""];

		for (const turn of d === null ? [] : d.turns || [])
			if (turn[0] !== "gap")
				parts[turn[0]] += atob(turn[6] || "");
		for (const body of d === null ? [] : d.bodies || [])
			parts[2] += atob(body[6] || "") + "\n";
		saidTexts.set(number, parts.join("\n"));
	}
	return saidTexts.get(number);
}

const asBytes = (text) => String.fromCharCode(
	...new TextEncoder().encode(text));

const overlapsBrush = (i) => state.brush === null ||
	main.end(i) >= state.brush[0] && main.start(i) <= state.brush[1];

/* Whether a facet lets an item through; its keys are few. */
function facetTest([name, keyOf, valuesOf]) {
	const chosen = state.chosen.get(name);
	const known = new Map();

	if (!chosen || chosen.size === 0)
		return null;
	return (i) => {
		const key = keyOf(i);

		if (!known.has(key))
			known.set(key, valuesOf(key).some((v) => chosen.has(v)));
		return known.get(key);
	};
}

/* What a person asked for must not hang the page: 300 ms for all lines. */
function regexPasses(regex) {
	const from = performance.now();
	const pass = new Uint8Array(main.rows.length);

	for (let i = 0; i < pass.length; i++) {
		if ((i & 15) === 0 && performance.now() - from > 300) {
			note("the expression takes too long: it was tried on " +
			    group(i) + " lines");
			break;
		}
		pass[i] = regex.test(main.line(i)) ||
		    state.said && regex.test(saidIn(i)) ? 1 : 0;
	}
	return pass;
}

function filterPasses() {
	const { regex, terms } = state.query;
	const said = state.said && main === sessions;

	if (regex !== null)
		return regexPasses(regex);
	const pass = new Uint8Array(main.rows.length).fill(1);
	for (const term of terms)
		term.said = asBytes(term.text || "");
	for (let i = 0; i < pass.length && terms.length > 0; i++) {
		const of = (key) => main.value(i, key);
		const line = () => main.line(i);
		const heard = said ? () => saidIn(i) : null;

		pass[i] = terms.every((t) => termHolds(t, of, line, heard)) ?
		    1 : 0;
	}
	return pass;
}

/* How many items each value of a facet has, of those with a 1 in pass that
 * other facets let through. */
function countFacet(k, tests, pass) {
	const [, keyOf, valuesOf] = main.facets[k];
	const others = tests.filter((t, other) => t !== null && other !== k);
	const keys = new Map(), values = new Map();

	for (let i = 0; i < pass.length; i++)
		if (pass[i] && others.every((t) => t(i)))
			keys.set(keyOf(i), (keys.get(keyOf(i)) || 0) + 1);
	for (const [key, n] of keys)
		for (const v of valuesOf(key))
			values.set(v, (values.get(v) || 0) + n);
	return values;
}

/* Each place in main.rows: whether it passes all; and what facets count. */
function findPassing() {
	const pass = filterPasses();
	const tests = main.facets.map(facetTest);

	for (let i = 0; i < pass.length; i++)
		if (!overlapsBrush(i) ||
		    state.onlyMissing && rows[i][R.missing] === 0)
			pass[i] = 0;
	state.counts = tests.map((t, k) => countFacet(k, tests, pass));
	for (const test of tests.filter((t) => t !== null))
		for (let i = 0; i < pass.length; i++)
			if (pass[i] && !test(i))
				pass[i] = 0;
	state.pass = pass;
}

/* Places of the view's rows that pass, sorted. */
function chooseRows() {
	const view = state.view;

	if (view === main) {
		state.order = sortedRows().filter((i) => state.pass[i]);
		return;
	}
	const passing = new Set();
	rows.forEach((r, i) => {
		if (state.pass[i] && isTcp[i])
			passing.add(r[R.number]);
	});
	state.order = sortedRows().filter((i) => passing.has(view.session(i)));
}

/* All rows of the view in its order, which is found once. */
function sortedRows() {
	const view = state.view, { column, down } = view.sort;
	const sign = down ? -1 : 1;

	if (view.sorted)
		return view.sorted;
	const keys = view.rows.map((r, i) => view.columns[column][1](i));
	view.sorted = keys.map((key, i) => i).sort((a, b) => keys[a] < keys[b] ?
	    -sign : keys[a] > keys[b] ? sign : a - b);
	return view.sorted;
}

/* All that follows from the filter. */
function refresh() {
	note("");
	findPassing();
	chooseRows();
	showCount();
	showFacets();
	layTable();
	drawTime();
}

function showCount() {
	const count = $("count");
	let tcp = 0, flows = 0;

	state.pass.forEach((pass, i) => {
		if (pass && (main !== sessions || isTcp[i]))
			tcp++;
		else if (pass)
			flows++;
	});
	Object.assign(count.dataset, { total, shown: tcp, flows });
	count.textContent = (tcp === total ? "" : group(tcp) + " of ") +
	    plural(total, main.noun) + (flows > 0 ? ", " + group(flows) +
	    " UDP" : "") + (state.view === exchanges ? ", " +
	    plural(state.order.length, "exchange") : "");
}

const plural = (n, noun) => group(n) + " " + noun + (n === 1 ? "" : "s");

function note(text) {
	const more = $("more");
	const all = capture.shares && capture.shares.rows;
	const left = main === sessions && all > rows.length ?
	    group(all - rows.length) + " more rows are not in this page" : "";

	more.textContent = [text, left].filter((t) => t !== "").join("; ");
	more.hidden = more.textContent === "";
}

/* ---- facets ---- */

function toggleFacet(name, value) {
	const chosen = state.chosen.get(name) || new Set();

	if (!chosen.delete(value))
		chosen.add(value);
	state.chosen.set(name, chosen);
	refresh();
}

function facetButton(name, value, n) {
	const chosen = state.chosen.get(name);
	const b = button(value + " ", () => toggleFacet(name, value));

	b.append(element("small", "", group(n)));
	b.dataset.facet = name;
	b.dataset.value = value;
	press(b, Boolean(chosen && chosen.has(value)));
	return b;
}

function facetRest(name, values) {
	const select = element("select", "");
	const first = element("option", "", "+" + values.length);

	select.setAttribute("aria-label", "more of " + name);
	select.append(first);
	for (const [value, n] of values) {
		const o = element("option", "", value + "  " + group(n));

		o.value = value;
		select.append(o);
	}
	select.addEventListener("change", () => toggleFacet(name, select.value));
	return select;
}

function showFacets() {
	const groups = main.facets.map(([name], k) => {
		const counts = state.counts[k];
		const chosen = state.chosen.get(name) || new Set();

		for (const v of chosen)
			if (!counts.has(v))
				counts.set(v, 0);
		const values = [...counts].sort((a, b) =>
		    (chosen.has(b[0]) - chosen.has(a[0])) || b[1] - a[1] ||
		    (a[0] < b[0] ? -1 : 1));
		const few = Math.max(4, chosen.size);
		const part = element("span", "", name + " ",
		    ...values.slice(0, few).map(([v, n]) => facetButton(name, v, n)));

		if (values.length > few)
			part.append(facetRest(name, values.slice(few)));
		return part;
	});
	const focus = document.activeElement && document.activeElement.dataset;
	const was = focus && focus.facet ? [focus.facet, focus.value] : null;

	$("facets").replaceChildren(...groups);
	$("facets").hidden = main.rows.length < 3;
	for (const b of was ? $("facets").querySelectorAll("button") : [])
		if (b.dataset.facet === was[0] && b.dataset.value === was[1])
			b.focus();
}

/* ---- the table: only rows in sight exist ---- */

const ROW = 21;
const table = { pool: [], first: 0, columns: [], printed: 0 };

/* The width of a character of the table, and of one of its head. */
function characterWidth() {
	const probe = element("pre", "probe", "0".repeat(100));

	$("scroller").append(probe);
	const width = probe.getBoundingClientRect().width / 100;
	probe.remove();
	return width || 7.2;
}

/* How many characters the column's longest text has. */
function longest(view, [heading, , text, options]) {
	if (options.longest)
		return options.longest;
	let most = 0;
	if (options.words) {
		const used = new Set(view.rows.map((r) => r[options.place]));

		for (const w of used)
			most = Math.max(most, (view.shown[w] || "").length);
	} else if (options.place !== undefined) {
		const top = view.rows.reduce((m, r) =>
		    Math.max(m, r[options.place]), 0);

		most = group(top).length;
	} else {
		const step = Math.ceil(view.rows.length / 2000);

		for (let i = 0; i < view.rows.length; i += step)
			most = Math.max(most, text(i).length);
	}
	return Math.max(most, heading.length + 1.5);
}

/* Which columns fit, and how wide each is. */
function fitColumns(view, room) {
	view.widths = view.widths || view.columns.map((c) => longest(view, c));
	const padding = 13;
	const cw = table.cw = table.cw || characterWidth();
	const least = (c, k) => c[3].rest ? Math.max(c[3].cut,
	    c[0].length + 1.5) : Math.min(view.widths[k], c[3].cut || 40);
	let taken = view.columns.map((c, k) => ({ c, k, n: least(c, k) }));
	const width = () => taken.reduce((w, t) => w + t.n * cw + padding, 12);

	for (let drop = 1; drop < 13 && width() > room; drop++)
		taken = taken.filter((t) => t.c[3].drop !== drop);
	for (const t of taken) {
		if (t.c[3].rest)
			continue;
		const spare = Math.max(0, (room - width()) / cw);
		t.n = Math.min(t.n + spare, view.widths[t.k], 44);
	}
	const over = width() - room;
	if (over > 0)
		for (const t of taken.filter((x) => x.c[3].cut))
			t.n -= over / cw / taken.filter((x) => x.c[3].cut).length;
	const columns = taken.map((t) => t.c);
	if (columns.length !== table.columns.length ||
	    columns.some((c, k) => c !== table.columns[k])) {
		table.pool.forEach((row) => row.remove());
		table.pool = [];
	}
	table.columns = columns;
	$("sessions").style.setProperty("--columns", taken.map((t) => t.c[3].rest ?
	    "minmax(" + Math.floor(t.n * cw) + "px,1fr)" :
	    Math.ceil(t.n * cw + padding) + "px").join(" "));
}

function showHeads() {
	const { column, down } = state.view.sort;

	$("heads").replaceChildren(...table.columns.map((c) => {
		const sorted = state.view.columns[column] === c;
		const h = element("span", c[3].number ? "right" : "",
		    c[0] + (sorted ? down ? " ↓" : " ↑" : ""));

		h.setAttribute("role", "columnheader");
		h.dataset.column = c[0];
		h.tabIndex = 0;
		if (sorted)
			h.setAttribute("aria-sort",
			    down ? "descending" : "ascending");
		h.addEventListener("click", () => sortBy(c));
		return h;
	}));
}

function sortBy(c) {
	const sort = state.view.sort;
	const k = state.view.columns.indexOf(c);

	sort.down = sort.column === k ? !sort.down : Boolean(c[3].number);
	sort.column = k;
	state.view.sorted = null;
	const typed = $("heads").contains(document.activeElement);
	chooseRows();
	layTable();
	if (typed)
		$("heads").childNodes[table.columns.indexOf(c)].focus();
}

function makeRow() {
	const row = element("div", "row");

	row.setAttribute("role", "row");
	row.append(...table.columns.map((c) => {
		const cell = element(c[3].link ? "a" : "span", "");

		cell.setAttribute("role", "gridcell");
		return cell;
	}));
	$("scroller").append(row);
	return row;
}

function fillRow(row, at) {
	const view = state.view, i = state.order[at];
	const number = view.session(i);

	row.hidden = false;
	row.at = at;
	row.className = "row " + view.css(i);
	row.style.transform = "translateY(" + at * ROW + "px)";
	row.id = "row-" + at;
	row.setAttribute("aria-rowindex", at + 2);
	row.setAttribute("aria-selected", main.href ? at === table.cursor :
	    number !== null && number === state.session);
	if (number === null)
		delete row.dataset.session;
	else
		row.dataset.session = number;
	table.columns.forEach((c, k) => fillCell(row.childNodes[k], c, i));
}

function fillCell(cell, [, , text, options], i) {
	const now = text(i);
	const none = now === "-" || now === "0" && options.place !== undefined;
	const css = (options.number ? none ? "right dim" : "right " : "") +
	    (options.css || "") +
	    (options.shade ? options.shade(i) : "");

	if (cell.was !== now)
		cell.textContent = cell.was = now;
	if (cell.className !== css)
		cell.className = css;
	if (options.link && state.view.href(i) !== null)
		cell.setAttribute("href", state.view.href(i));
	else if (options.link)
		cell.removeAttribute("href");
}

/* Rows are recycled: the pool has as many as fit, each keeps its remainder. */
function drawTable() {
	const box = $("scroller");
	const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 2);
	const count = table.printed || Math.ceil(box.clientHeight / ROW) + 5;

	while (table.pool.length < count)
		table.pool.push(makeRow());
	for (let k = 0; k < table.pool.length; k++) {
		const at = first + ((k - first) % table.pool.length +
		    table.pool.length) % table.pool.length;
		const row = table.pool[k];

		if (at >= state.order.length || at >= first + count)
			row.hidden = true;
		else if (row.at !== at || row.hidden)
			fillRow(row, at);
	}
}

/* Order, columns or their room changed. */
function layTable() {
	fitColumns(state.view, $("list").clientWidth - 10);
	showHeads();
	for (const row of table.pool)
		row.at = -1;
	$("extent").style.height = state.order.length * ROW + "px";
	$("sessions").setAttribute("aria-rowcount", state.order.length + 1);
	if (table.empty)
		table.empty.remove();
	table.empty = state.order.length > 0 ? null :
	    element("p", "none", state.view.rows.length > 0 ?
	    "Nothing passes the filter." : "There are no sessions.");
	if (table.empty)
		$("scroller").append(table.empty);
	drawTable();
}

/* Only which row is chosen changed. */
function markRow() {
	for (const row of table.pool)
		if (!row.hidden)
			fillRow(row, row.at);
}

function bringIntoSight(at) {
	const box = $("scroller");
	const y = at * ROW;

	if (y < box.scrollTop)
		box.scrollTop = y - ROW;
	else if (y + ROW > box.scrollTop + box.clientHeight)
		box.scrollTop = y + 2 * ROW - box.clientHeight;
	drawTable();
	$("sessions").setAttribute("aria-activedescendant", "row-" + at);
}

/* ---- the timeline ---- */

const time = { pieces: [], bars: [], height: 82 };
const GRADES = ["plain", "notice", "lost"];

function colour(name) {
	return getComputedStyle(document.documentElement)
	    .getPropertyValue("--" + name).trim();
}

function placeTime() {
	time.order = main.rows.map((r, i) => i).filter((i) => main !== captures ||
	    tree.rows[i][C.packets] > 0).sort((a, b) =>
	    main.start(a) - main.start(b) || a - b);
	const spans = time.order.map((i) => [main.start(i), main.end(i)]);
	const begin = spans.length > 0 ? spans[0][0] : 0;
	const end = spans.reduce((m, s) => Math.max(m, s[1]), capture.end || 1);

	time.folded = foldTime(spans, begin, end);
}

function canvasFor(box) {
	const scale = window.devicePixelRatio || 1;
	const canvas = $("bars");

	canvas.width = box.clientWidth * scale;
	canvas.height = box.clientHeight * scale;
	const c = canvas.getContext("2d");
	c.scale(scale, scale);
	c.clearRect(0, 0, box.clientWidth, box.clientHeight);
	return c;
}

function drawTime() {
	const box = $("time");
	const c = canvasFor(box);

	if (!time.folded)
		placeTime();
	time.pieces = placePieces(time.folded, 12, box.clientWidth - 14, 14);
	c.font = "10.5px " + colour("mono");
	drawTicks(c, drawBreaks(c));
	if (main.rows.length <= 400)
		drawLanes(c);
	else
		drawBins(c);
	drawBrush();
}

/* A moment on the axis, as fine as the step. */
function tickLabel(tick, step) {
	const s = step / SECOND;
	const digits = Math.max(0, Math.min(DIGITS, -Math.floor(Math.log10(s))));

	if (state.clock !== "UTC" || s < 1)
		return "+" + +(tick / SECOND).toFixed(digits) + " s";
	return s < 86400 ? timeOfDay(tick, 0) : utc(tick, 0).slice(0, 10);
}

function drawTicks(c, taken) {
	const wide = time.pieces.reduce((w, p) => w + p.x1 - p.x0, 0);
	const long = time.pieces.reduce((t, p) => t + p.to - p.from, 0);
	const least = Math.max(1, long / wide * 100);
	const clock = state.clock === "UTC" && least > SECOND / 2;
	const step = clock ? clockStep(least / SECOND) * SECOND : niceStep(least);
	/* Round times of day, or round seconds. */
	const shift = clock ? T0_SECOND % (step / SECOND) * SECOND + T0_TICKS : 0;
	let last = -100;

	for (const p of time.pieces) {
		const n = Math.min(40, Math.floor((p.to - p.from) / step) + 1);
		let t = Math.ceil((p.from + shift) / step) * step - shift;

		for (let k = 0; k <= n && t <= p.to; k++, t += step) {
			const x = Math.round(timeToX([p], t));

			c.fillStyle = colour("line");
			c.fillRect(x, 0, 1, 84);
			const text = tickLabel(t, step);
			const until = x + 6 + c.measureText(text).width;
			if (x < last || until > c.canvas.clientWidth ||
			    taken.some((at) => at > x - 6 && at < until + 4))
				continue;
			c.fillStyle = colour("dim");
			c.fillText(text, x + 3, 97);
			last = until + 8;
		}
	}
}

/* Silence that is left out: two strokes and its length.  Returns where these
 * stand. */
function drawBreaks(c) {
	const taken = [];

	c.strokeStyle = c.fillStyle = colour("dim");
	for (let k = 1; k < time.pieces.length; k++) {
		const x = time.pieces[k].x0 - 7;
		const text = spanText((time.pieces[k].from -
		    time.pieces[k - 1].to) / SECOND);
		const width = c.measureText(text).width;

		c.beginPath();
		for (const dx of [-2, 3]) {
			c.moveTo(x + dx - 3, 84);
			c.lineTo(x + dx + 3, 0);
		}
		c.stroke();
		if (x - width / 2 < taken[taken.length - 1] + 6)
			continue;
		c.fillText(text, Math.max(2, x - width / 2), 97);
		taken.push(Math.max(2, x - width / 2), x + width / 2);
	}
	return taken;
}

function drawLanes(c) {
	const spans = time.order.map((i) => {
		const a = timeToX(time.pieces, main.start(i));

		return [a, Math.max(a + 2, timeToX(time.pieces, main.end(i)))];
	});
	const lanes = packLanes(spans, 2);
	const count = Math.max(1, ...lanes.map((l) => l + 1));
	const pitch = Math.min(13, 80 / count);
	const thick = Math.max(1, pitch > 4 ? pitch - 2 : pitch * 0.7);

	time.bars = time.order.map((i, k) => ({ i, x0: spans[k][0],
		x1: spans[k][1], y: 3 + lanes[k] * pitch, h: thick }));
	for (const bar of time.bars) {
		c.globalAlpha = state.pass[bar.i] ? 1 : 0.18;
		c.fillStyle = colour(GRADES[main.grade(bar.i)] + "-bar");
		c.fillRect(bar.x0, bar.y, bar.x1 - bar.x0, bar.h);
	}
	c.globalAlpha = 1;
	const open = time.bars.find((b) => state.session !== null &&
	    main.session(b.i) === state.session);
	if (open) {
		c.strokeStyle = colour("text");
		c.lineWidth = 1.5;
		c.strokeRect(open.x0 - 1.5, open.y - 1.5,
		    open.x1 - open.x0 + 3, open.h + 3);
	}
}

/* Starts in bins of 4 px: [passing of each grade, all]. */
function countStarts() {
	const bins = new Map();
	const width = $("time").clientWidth;

	if (time.width !== width)
		time.places = main.rows.map((r, i) =>
		    Math.floor(timeToX(time.pieces, main.start(i)) / 4));
	time.width = width;
	for (let i = 0; i < main.rows.length; i++) {
		const x = time.places[i];
		const bin = bins.get(x) || [0, 0, 0, 0];

		bin[3]++;
		if (state.pass[i])
			bin[main.grade(i)]++;
		bins.set(x, bin);
	}
	return bins;
}

function drawBins(c) {
	const bins = countStarts();
	const top = Math.max(1, ...[...bins.values()].map((b) => b[3]));
	const colours = GRADES.map((g) => colour(g + "-bar"));

	time.bars = [];
	for (const [x, bin] of bins) {
		let y = 84;

		c.globalAlpha = 0.18;
		c.fillStyle = colours[0];
		c.fillRect(x * 4, 84 - 78 * bin[3] / top, 3.4, 78 * bin[3] / top);
		c.globalAlpha = 1;
		for (let g = 0; g < 3; g++) {
			const h = bin[g] > 0 ? Math.max(1, 78 * bin[g] / top) : 0;

			c.fillStyle = colours[g];
			c.fillRect(x * 4, y -= h, 3.4, h);
		}
	}
	$("scale").textContent = "starts, highest bar " + group(top);
}

function drawBrush() {
	const brush = $("brush");

	brush.hidden = state.brush === null;
	if (brush.hidden)
		return;
	const [a, b] = state.brush.map((t) => timeToX(time.pieces, t));
	brush.style.left = a + "px";
	brush.style.width = Math.max(2, b - a) + "px";
}

function setBrush(from, to) {
	state.brush = from === null ? null :
	    [Math.min(from, to), Math.max(from, to)];
	refresh();
}

/* What a press at x takes hold of: an edge, the body, or nothing. */
function holdOf(x) {
	if (state.brush === null)
		return null;
	const [a, b] = state.brush.map((t) => timeToX(time.pieces, t));

	return Math.abs(x - a) < 6 ? "from" : Math.abs(x - b) < 6 ? "to" :
	    x > a && x < b ? "body" : null;
}

function dragBrush(hold, x0, x, was) {
	const at = (px) => xToTime(time.pieces, px);

	if (hold === "from")
		return setBrush(at(x), was[1]);
	if (hold === "to")
		return setBrush(was[0], at(x));
	if (hold === null)
		return setBrush(at(x0), at(x));
	const [a, b] = was.map((t) => timeToX(time.pieces, t));
	return setBrush(at(a + x - x0), at(b + x - x0));
}

function clickTime(x, y, hold) {
	if (hold === "body")
		return setBrush(null);
	const bar = time.bars.find((b) => x >= b.x0 - 2 && x <= b.x1 + 2 &&
	    y >= b.y - 1 && y <= b.y + b.h + 1);

	if (bar && main.href)
		followCapture(bar.i);
	else if (bar && main.session(bar.i) !== null)
		openSession(main.session(bar.i));
	return undefined;
}

function watchTime() {
	const box = $("time");
	let from = null;

	box.addEventListener("pointerdown", (e) => {
		from = { x: e.offsetX, y: e.offsetY, hold: holdOf(e.offsetX),
			was: state.brush, moved: false };
		box.setPointerCapture(e.pointerId);
	});
	box.addEventListener("pointermove", (e) => {
		if (from === null) {
			box.title = titleAt(e.offsetX, e.offsetY);
			return;
		}
		if (Math.abs(e.offsetX - from.x) > 3)
			from.moved = true;
		if (from.moved)
			dragBrush(from.hold, from.x, e.offsetX, from.was);
	});
	box.addEventListener("pointerup", () => {
		if (from !== null && !from.moved)
			clickTime(from.x, from.y, from.hold);
		from = null;
	});
	box.addEventListener("keydown", keyOnTime);
}

function titleAt(x, y) {
	const bar = time.bars.find((b) => x >= b.x0 - 2 && x <= b.x1 + 2 &&
	    y >= b.y - 1 && y <= b.y + b.h + 1);

	return !bar ? "" : main === sessions ? visible(lineOf(bar.i)) :
	    visible(main.rows[bar.i][C.name]);
}

function keyOnTime(e) {
	const step = { ArrowLeft: -20, ArrowRight: 20 }[e.key];

	if (step === undefined || e.ctrlKey || e.altKey || e.metaKey)
		return;
	const ends = [12, 112];
	const [a, b] = state.brush === null ? ends :
	    state.brush.map((t) => timeToX(time.pieces, t));
	const move = state.brush === null ? 0 : step;
	const at = (x) => xToTime(time.pieces, x);

	e.preventDefault();
	e.stopPropagation();
	setBrush(at(a + (e.shiftKey ? 0 : move)), at(b + move));
}

/* ---- the head ---- */

function showName() {
		const name = visible(record.capture || (captures ? "captures" : ""));

	$("name").textContent = name;
	$("name").title = name;
	if (!record.first)
		return;
	const long = capture.end / SECOND;
	$("span").title = "UTC";
	const digits = long < 10 ? 3 : 0;
	const a = utc(0, digits).slice(0, -1).replace("T", " ");
	const b = utc(capture.end, digits).slice(0, -1).replace("T", " ");

	$("span").replaceChildren(element("b", "", a + " – " +
	    (a.slice(0, 10) === b.slice(0, 10) ? b.slice(11) : b)), "\u2002",
	    element("b", "", spanText(long)));
}

function showTotals() {
	const sum = (place) => rows.reduce((n, r, i) =>
	    n + (isTcp[i] ? r[place] : 0), 0);
	const item = (n, noun) => element("span", "", element("b", "", group(n)),
	    " " + noun + (n === 1 ? "" : "s"));

	if (captures) {
		const of = (place) => tree.rows.reduce((n, r) => n + r[place], 0);

		$("totals").append(item(tree.rows.length, "capture"),
		    item(of(C.packets), "packet"), item(of(C.sessions), "session"),
		    item(of(C.bytes), "byte"));
		return;
	}
	$("totals").append(item(record.packets || 0, "packet"),
	    item(total, "session"));
	if (rows.length > total)
		$("totals").append(item(rows.length - total, "UDP flow"));
	$("totals").append(element("span", "", element("b", "client",
	    "▶ " + short(sum(R.bytes)))), element("span", "",
	    element("b", "server", "◀ " + short(sum(R.bytes + 1))), " bytes"));
}

const pill = (css, text, title) => {
	const p = element("span", "pill " + css, text);

	p.title = title || text;
	return p;
};

/* The sum of an object's numbers, and what they are, one a line. */
const sumOf = (o) => Object.values(o || {}).reduce((n, v) => n +
	(typeof v === "number" ? v : 0), 0);
const listOf = (o) => Object.entries(o || {}).map(([k, v]) => k + ": " + v)
	.join("\n");

function missingPill() {
	const of = main === sessions ? R.missing : C.missing;
	const lossy = main.rows.filter((r) => r[of] > 0);
	const bytes = lossy.reduce((n, r) => n + r[of], 0);

	if (lossy.length === 0)
		return null;
	const b = button("▨ " + short(bytes) + " bytes missing in " +
	    group(lossy.length), () => {
		state.onlyMissing = !state.onlyMissing;
		press(b, state.onlyMissing);
		refresh();
	}, "only those");
	b.className = "pill lost";
	press(b, false);
	return main === sessions ? b : pill("lost", b.textContent);
}

function showLosses() {
	const totals = record.totals || {};
	const skipped = { ...record.skipped };
	const evicted = (totals.evicted || 0) + (totals.evicted_half_open || 0) +
	    (totals.evicted_udp || 0);
	const conflicting = capture.shares && capture.shares.conflicting || 0;
	const pills = [missingPill()];

	/* What has rows was not skipped, nor what nobody wanted. */
	delete skipped["not matched by the filter"];
	skipped["not TCP"] = Math.max(0, (skipped["not TCP"] || 0) -
	    rows.reduce((n, r, i) => n + (isTcp[i] ? 0 :
	    r[R.packets] + r[R.packets + 1]), 0));
	if (sumOf(skipped) > 0)
		pills.push(pill("notice", "▲ " + group(sumOf(skipped)) +
		    " packets skipped", listOf(skipped)));
	if (evicted > 0)
		pills.push(pill("lost", "▲ " + group(evicted) + " evicted"));
	if (conflicting > 0)
		pills.push(pill("notice", "▲ " + short(conflicting) +
		    " bytes in conflict"));
	if (record.dropped > 0)
		pills.push(pill("lost", "▲ " + group(record.dropped) +
		    " packets dropped by the kernel"));
	if (sumOf(record.lost) > 0)
		pills.push(pill("notice", "▲ limits", listOf(record.lost)));
	if ((record.incomplete || []).length > 0)
		pills.push(pill("lost", "▲ not complete: " +
		    visible(record.incomplete.join(", "))));
	for (const w of record.warnings || [])
		pills.push(pill("notice", "▲ " + visible(w)));
	const failed = captures ? tree.rows.filter((r) =>
	    captureGrade(r) > 0).length : 0;
	if (failed > 0)
		pills.push(pill("notice", "▲ " + plural(failed, "capture") +
		    " not whole"));
	const told = pills.filter((p) => p !== null);
	$("losses").replaceChildren(...(told.length > 0 ? told :
	    [pill("well", "✓ nothing lost")]));
}

/* ---- a session ---- */

const SIDES = ["client", "server"];
const DIRS = ["c2s", "s2c"];
const ARROWS = ["▶", "◀"];
const TABS = ["conversation", "http", "packets", "graph", "facts"];
const detail = { data: null, row: null, tab: "conversation", view: "decoded",
	side: null, made: new Set(), hits: [], hit: -1, graph: 0, zoom: null };

const rowOf = (number) => rows.findIndex((r, i) => isTcp[i] && r[0] === number);

function openSession(number, tab) {
	const at = rowOf(number);

	if (at < 0)
		return;
	if (rows[at][R.data] && !isRead("d" + number)) {
		document.addEventListener("DOMContentLoaded",
		    () => openSession(number, tab), { once: true });
		return;
	}
	const fresh = state.session === null;
	state.session = number;
	detail.row = rows[at];
	detail.data = dataOf("d" + number);
	detail.made.clear();
	detail.hits = [];
	detail.hit = -1;
	detail.zoom = null;
	detail.tab = tab || detail.tab;
	$("detail").hidden = $("divider").hidden = false;
	$("detail").dataset.session = number;
	$("main").classList.add("open");
	showTitle();
	showTabs();
	showTab();
	if (fresh)
		layTable();
	else
		markRow();
	const place = state.order.findIndex((i) =>
	    state.view.session(i) === number);
	if (place >= 0)
		bringIntoSight(place);
	drawTime();
}

function closeSession() {
	state.session = null;
	$("detail").hidden = $("divider").hidden = true;
	delete $("detail").dataset.session;
	$("main").classList.remove("open");
	writeAddress();
	layTable();
	drawTime();
	$("sessions").focus();
}

const end = (row, side) => element("span", SIDES[side],
	word(row, R.client + side));

function showTitle() {
	const r = detail.row;
	const start = utc(r[R.start]).slice(0, -1).split("T");
	const about = [word(r, R.service), word(r, R.state), start[0] ===
	    utc(0).slice(0, 10) ? start[1] : start.join(" "), spanText((r[R.end] - r[R.start]) /
	    SECOND)].filter((x) => x !== "").join(" · ");

	$("title").replaceChildren(element("b", "", "#" + r[0]), end(r, 0), "→ ",
	    end(r, 1), element("b", "", word(r, R.name)), element("span", "", about),
	    ...(word(r, R.remark) === "" ? [] : [pill(["well", "notice", "lost"][
	    r[R.grade]].replace("well", "dim"), word(r, R.remark))]));
}

function tabNames() {
	const d = detail.data || {};

	return [["Conversation", (d.turns || []).length],
		["HTTP", (d.exchanges || []).length],
		["Packets", (d.packets || []).length], ["Graph", 0], ["Facts", 0]];
}

function showTabs() {
	const names = tabNames();

	$("tabs").replaceChildren(...TABS.map((tab, k) => {
		const b = button(names[k][0] + " ", () => { detail.tab = tab; showTab(); },
		    String(k + 1));

		b.id = "tab-" + tab;
		b.setAttribute("role", "tab");
		b.setAttribute("aria-controls", tab);
		b.hidden = tab === "http" && names[k][1] === 0;
		if (names[k][1] > 0)
			b.append(element("small", "", group(names[k][1])));
		return b;
	}));
	$("links").replaceChildren(...filesOf().map((f) =>
	    linkTo(f, "." + /[^.]*$/.exec(f)[0])).filter((a) => a));
	$("panels").replaceChildren(...TABS.map((tab) => {
		const p = element("div", "");

		p.id = tab;
		p.setAttribute("role", "tabpanel");
		p.setAttribute("aria-labelledby", "tab-" + tab);
		return p;
	}));
}

const filesOf = () => detail.data && detail.data.files || [];

/* Objects are named only: what is in them somebody sent. */
function ownHref(name) {
	const { stem, c2s, s2c } = detail.data.facts || {};
	const own = [stem, c2s && c2s.file, s2c && s2c.file].filter((f) => f)
	    .map((f) => f.replace(/\.(c2s|s2c)$/, ""));

	return own.includes(name.replace(LINKED, "")) ? hrefOf(name) : null;
}

function linkTo(name, text) {
	const href = ownHref(name);

	if (href === null)
		return null;
	const a = element("a", "", text || visible(name));
	a.setAttribute("href", href);
	a.title = visible(name);
	return a;
}

const MAKERS = { conversation: makeConversation, http: makeHttp,
	packets: makePackets, graph: makeGraph, facts: makeFacts };

function makeTab(tab) {
	if (detail.made.has(tab))
		return;
	detail.made.add(tab);
	MAKERS[tab]($(tab));
}

function showTab() {
	if ($("tab-" + detail.tab).hidden)
		detail.tab = "conversation";
	for (const tab of TABS) {
		$(tab).hidden = tab !== detail.tab;
		$("tab-" + tab).setAttribute("aria-selected", tab === detail.tab);
		$("tab-" + tab).tabIndex = tab === detail.tab ? 0 : -1;
	}
	makeTab(detail.tab);
	writeAddress();
}

/* Browsers bear no more than a few of these a second.  `seen' is the address
 * last written or read: another one has come from the user, and is read soon. */
const address = { last: -Infinity, timer: 0, seen: location.hash };
function writeAddress() {
	const wait = address.last + 300 - performance.now();

	clearTimeout(address.timer);
	if (location.hash !== address.seen)
		return;
	if (wait > 0) {
		address.timer = setTimeout(writeAddress, wait);
		return;
	}
	address.last = performance.now();
	try {
		history.replaceState(null, "", state.session === null ? "#" :
		    "#session=" + state.session + (detail.tab ===
		    "conversation" ? "" : "&tab=" + detail.tab));
	} catch {
		/* Then it is not written. */
	}
	address.seen = location.hash;
}

/* ---- conversation ---- */

function pre(bytes, css) {
	const p = element("pre", css || "");

	escapePieces(bytes, true).forEach((text, k) => {
		if (text !== "")
			p.append(k % 2 === 1 ? element("i", "", text) : text);
	});
	return p;
}

/* One line for bytes that nobody reads as they are. */
function folded(text, bytes, offset) {
	const line = element("div", "folded", text);
	const show = button("hex", () => {
		line.after(element("pre", "", hexDump(bytes, offset)));
		show.remove();
	});

	show.className = "show";
	if (bytes.length > 0)
		line.append(show);
	return line;
}

/* Opaque stretches and bodies of a direction, by offset, the wider first. */
function stretchesOf(dir) {
	const d = detail.data;
	const all = [];

	for (const [way, offset, length, what] of d.opaque || [])
		if (way === dir)
			all.push({ offset, length, what });
	for (const [way, offset, length, coding, type, size, text] of d.bodies || [])
		if (way === dir)
			all.push({ offset, length, body: text, size, what: coding +
			    ", " + length + " → " + size + " bytes, " + type });
	return all.sort((a, b) => a.offset - b.offset ||
	    (b.body !== undefined) - (a.body !== undefined));
}

function decodedBody(s) {
	const bytes = bytesOf(s.body);
	const left = s.size - bytes.length;
	const text = pre(bytes, "body");

	return left > 0 ? [text, element("div", "folded", group(left) +
	    " more decoded bytes are not in this page")] : [text];
}

/* A turn in pieces: what is text, what is folded, what was decoded. */
function decodedParts(bytes, offset, stretches) {
	const parts = [];
	let at = offset;
	const until = offset + bytes.length;
	const cut = (to) => {
		const piece = bytes.subarray(at - offset, to - offset);

		at = to;
		return piece;
	};

	for (const s of stretches) {
		const stop = Math.min(until, s.offset + s.length);

		if (stop <= at || s.offset >= until)
			continue;
		if (s.offset > at)
			parts.push(pre(cut(s.offset)));
		const begin = at, begins = s.offset === at;
		const piece = cut(stop);
		const of = piece.length < s.length ? group(piece.length) + " of " : "";
		parts.push(folded(s.body !== undefined ? visible(s.what) : of +
		    group(s.length) + " bytes, " + visible(s.what), piece, begin));
		if (s.body !== undefined && begins)
			parts.push(...decodedBody(s));
	}
	if (at < until)
		parts.push(pre(cut(until)));
	return parts;
}

function turnBody(turn, stretches) {
	const [dir, , , offset, , length, base64] = turn;
	const bytes = bytesOf(base64);
	const said = element("div", "said");
	const left = length - bytes.length;

	if (detail.view === "decoded")
		said.append(...decodedParts(bytes, offset, stretches[dir]));
	else if (bytes.length > 0 || left === 0)
		said.append(detail.view === "hex" ?
		    element("pre", "", hexDump(bytes, offset)) : pre(bytes));
	if (left > 0) {
		const file = filesOf().find((f) => f.endsWith("." + DIRS[dir])) ||
		    filesOf().find((f) => f.endsWith(".txt"));

		said.append(element("div", "folded", withCommas(left) +
		    " more bytes are " + (file ? "in " + visible(file) :
		    "not in this page")));
	}
	return said;
}

function turnElement(turn, stretches) {
	const [dir, tick, packet, offset, concurrent, length] = turn;
	const margin = element("div", "margin", element("b", SIDES[dir],
	    ARROWS[dir] + " " + SIDES[dir]), group(length) + " B\n" +
	    timeOfDay(tick) + "\n+" + secondsOf(tick - detail.row[R.start]) +
	    " #" + packet + " @" + offset + (concurrent ? "\n⇄ concurrent" : ""));
	const e = element("div", "turn", margin, turnBody(turn, stretches));

	if (concurrent)
		e.title = "sent before what stands above had arrived";
	Object.assign(e.dataset, { dir: DIRS[dir], offset, length, packet });
	return e;
}

function holeElement([, dir, offset, length, reason]) {
	const e = element("div", "hole", ARROWS[dir] + " " + SIDES[dir] + ": " +
	    withCommas(length) + " bytes missing at offset " + offset +
	    (reason ? ", " + reason : ""));

	Object.assign(e.dataset, { dir: DIRS[dir], offset, length });
	return e;
}

/* When each side spoke last before a moment: by packets, else by turns. */
function lastWord(dir, before) {
	let last = -1;

	for (const p of detail.data.packets || []) {
		if (p[2] >= before)
			break;
		if (p[1] === dir && p[7] > 0)
			last = p[2];
	}
	return last;
}

function pauseElement(turn, previous) {
	const waited = turn[1] - Math.max(previous[1],
	    lastWord(previous[0], turn[1]));
	const s = waited / SECOND;

	if (s < 0.2 || turn[0] === previous[0])
		return null;
	return element("div", s > 1 ? "pause long" : "pause", SIDES[turn[0]] +
	    (turn[0] === 1 ? " answered after " : " went on after ") + spanText(s));
}

function fillTurns(box) {
	const d = detail.data;
	const parts = [];
	const stretches = [stretchesOf(0), stretchesOf(1)];
	let previous = null;

	if (isOpened())
		parts.push(element("div", "pause",
		    "TLS was opened: offsets count what was said in it"));
	for (const turn of d.turns || []) {
		const dir = turn[0] === "gap" ? turn[1] : turn[0];

		if (detail.side !== null && detail.side !== dir)
			continue;
		if (turn[0] === "gap") {
			parts.push(holeElement(turn));
			continue;
		}
		if (previous !== null)
			parts.push(pauseElement(turn, previous));
		parts.push(turnElement(turn, stretches));
		previous = turn;
	}
	if (d.left && d.left.turns > 0)
		parts.push(element("div", "hole", group(d.left.turns) +
		    " more turns are not in this page"));
	if (d.end)
		parts.push(element("div", "ending", "= " + visible(d.end)));
	box.replaceChildren(...parts.filter((p) => p !== null));
	showHits();
}

function chooseView(view) {
	if (view !== detail.view)
		detail.plain = view === "hex" ? detail.view : detail.plain;
	detail.view = view;
	remakeConversation();
}

function chooseSide(dir) {
	detail.side = detail.side === dir ? null : dir;
	remakeConversation();
}

function remakeConversation() {
	if (state.session === null || detail.data === null || $("turns") === null)
		return;
	for (const v of ["text", "hex", "decoded"])
		press($("view-" + v), detail.view === v);
	SIDES.forEach((s, dir) => press($("only-" + s), detail.side === dir));
	fillTurns($("turns"));
}

function missingData(panel) {
	panel.append(element("p", "none", "The data of this session is not in " +
	    "this page: tcpsession --report --session " + state.session + " " +
	    visible(quotePath(record.capture || "CAPTURE"))));
}

function named(id, b) {
	b.id = id;
	return b;
}

function makeConversation(panel) {
	if (detail.data === null)
		return missingData(panel);
	const find = element("input", "");
	const box = named("turns", element("div", "scroll"));
	const copy = named("copy", button("copy", () => copyText(
	    [...box.querySelectorAll("pre")].map((p) => p.textContent).join("\n"),
	    copy)));

	find.id = "find";
	find.placeholder = "find";
	find.setAttribute("aria-label", "find in the conversation");
	find.value = detail.find || "";
	find.addEventListener("input", () => {
		detail.find = find.value;
		showHits();
	});
	panel.append(element("div", "tools",
	    ...["text", "hex", "decoded"].map((v) =>
	    named("view-" + v, button(v, () => chooseView(v)))),
	    element("span", "gap"), ...SIDES.map((s, dir) => named("only-" + s,
	    button(ARROWS[dir] + " " + s + " only", () => chooseSide(dir)))),
	    element("span", "rest"), find, named("hits", element("output", "dim")),
	    named("next", button("next", () => nextHit(1), "n")), copy), box);
	box.tabIndex = 0;
	remakeConversation();
	return undefined;
}

/* ---- find ---- */

function clearHits() {
	const parents = new Set();

	for (const m of document.querySelectorAll("#turns mark")) {
		parents.add(m.parentNode);
		m.replaceWith(...m.childNodes);
	}
	parents.forEach((p) => p.normalize());
	detail.hits = [];
	detail.hit = -1;
}

/* An element's text nodes: [[node, where it begins]...]. */
function textNodes(root) {
	const walker = document.createTreeWalker(root, 4 /* text */);
	const nodes = [];
	let at = 0;

	while (walker.nextNode() !== null) {
		nodes.push([walker.currentNode, at]);
		at += walker.currentNode.length;
	}
	return nodes;
}

/* Marks `length' characters of an element at each place.  From the last on, so
 * that what is before keeps its place; a hit may lie in several nodes. */
function markHits(root, places, length) {
	const nodes = textNodes(root);
	let k = nodes.length - 1;

	return places.reverse().map((from) => {
		const marks = [];

		while (nodes[k][1] >= from + length)
			k--;
		for (let n = k; n >= 0; n--) {
			const [node, at] = nodes[n];
			const hit = node.splitText(Math.max(0, from - at));
			const mark = element("mark", "");

			if (hit.length > from + length - Math.max(at, from))
				hit.splitText(from + length - Math.max(at, from));
			hit.replaceWith(mark);
			mark.append(hit);
			marks.push(mark);
			if (at <= from)
				break;
		}
		return marks;
	}).reverse();
}

function showHits() {
	const text = (detail.find || "").toLowerCase();

	clearHits();
	for (const p of text === "" ? [] : document.querySelectorAll("#turns pre")) {
		const own = p.textContent, lower = own.toLowerCase();
		const whole = lower.length === own.length ? lower : own;
		const found = [];

		for (let at = whole.indexOf(text); at >= 0 && found.length +
		    detail.hits.length < 1000; at = whole.indexOf(text, at + text.length))
			found.push(at);
		if (found.length > 0)
			detail.hits.push(...markHits(p, found, text.length));
	}
	nextHit(1);
	if (text === "")
		$("hits").textContent = "";
}

function nextHit(step) {
	if ($("hits") === null)
		return;
	const n = detail.hits.length;
	const set = (on) => (detail.hits[detail.hit] || []).forEach((m) =>
	    m.classList.toggle("now", on));

	$("hits").textContent = n === 0 ? "none" : "";
	if (n === 0)
		return;
	set(false);
	detail.hit = ((detail.hit < 0 && step < 0 ? 0 : detail.hit) + step + n) % n;
	set(true);
	$("hits").textContent = detail.hit + 1 + " of " + n;
	detail.hits[detail.hit][0].scrollIntoView({ block: "nearest" });
}

/* ---- HTTP ---- */

function exchangeElement(place) {
	const x = exchanges.rows[place], r = detail.row;
	const span = Math.max(1, r[R.end] - r[R.start]);
	const bar = element("i", "");
	const cells = [[wordX(x, X.method)], [pathOf(x)],
		[String(x[X.status] || "-"), "right " + statusClass(x[X.status])],
		[wordX(x, X.type)], [sizeOrDash(x[X.wire]), "right"],
		[sizeOrDash(x[X.decoded]), "right"], [spanOrDash(x[X.wait]), "right"]];
	const e = element("div", "exchange", ...cells.map(([t, css]) =>
	    element("span", css || "", t)), element("span", "lane", bar));

	bar.style.left = 100 * (x[X.time] - r[R.start]) / span + "%";
	bar.style.width = Math.max(0, 100 * (x[X.end] - x[X.time]) / span) + "%";
	e.tabIndex = 0;
	e.title = visible(x[X.url]) + (x[X.sha256] ? "\nsha256 " + x[X.sha256] : "");
	e.addEventListener("click", () => showPlace(x[X.time]));
	e.addEventListener("keydown", (k) => {
		if (k.key === "Enter") {
			k.stopPropagation();
			showPlace(x[X.time]);
		}
	});
	return e;
}

function makeHttp(panel) {
	const heads = ["method", "url", "status", "type", "wire", "decoded", "wait",
		"time"];
	const places = detail.data && detail.data.exchanges || [];
	const right = new Set(["status", "wire", "decoded", "wait"]);

	panel.append(element("div", "exchange head", ...heads.map((h) =>
	    element("span", right.has(h) ? "right" : "", h))),
	    element("div", "scroll", ...places.map(exchangeElement)));
}

/* The turn that began then, or the next one. */
function showPlace(tick) {
	detail.tab = "conversation";
	showTab();
	const turns = detail.data.turns.filter((t) => t[0] !== "gap");
	const turn = turns.find((t) => t[1] >= tick) || turns[turns.length - 1];
	const e = turn && document.querySelector("#turns .turn[data-offset=\"" +
	    turn[3] + "\"][data-dir=" + DIRS[turn[0]] + "]");

	if (e)
		e.scrollIntoView();
}

/* ---- packets ---- */

const AGAIN = 1, DISORDER = 2;
const notesOf = (bits) => (capture.notes || []).filter((n, k) =>
	bits & 1 << k).join(", ");

function packetElement(p, previous) {
	const [number, dir, tick, flags, seq, ack, win, length, notes] = p;
	const what = "[" + (flags || "none") + "]" + (length > 0 ? " seq " + seq +
	    ":" + (seq + length) : /[SFR]/.test(flags) ? " seq " + seq : "") +
	    (flags.includes(".") ? " ack " + ack : "") +
	    (length > 0 ? " len " + length : "") + " win " + win;
	const e = element("div", "packet " + DIRS[dir] +
	    (notes & (AGAIN | DISORDER) ? " again" : ""),
	    element("span", "right", String(number)),
	    element("span", "right", secondsOf(tick - detail.row[R.start])),
	    element("span", "right dim", previous ? secondsOf(tick - previous[2]) :
	    ""), element("span", "arrow", what),
	    element("span", "notice", notesOf(notes)));

	e.dataset.packet = number;
	e.title = what + (notes ? "\n" + notesOf(notes) : "");
	return e;
}

function makePackets(panel) {
	const d = detail.data;

	if (d === null)
		return missingData(panel);
	const all = d.packets || [];
	const left = d.left && d.left.packets || 0;
	panel.append(element("div", "packet head", element("span", "right",
	    "packet"), element("span", "right", "since start"),
	    element("span", "right", "since last"), element("span", "arrow",
	    "client " + word(detail.row, R.client) + " ↔ server " +
	    word(detail.row, R.server)), element("span", "", "note")),
	    element("div", "scroll", ...all.map((p, k) =>
	    packetElement(p, all[k - 1])), left > 0 ? element("p", "none",
	    plural(left, "packet") + " of this session are not in this page") :
	    null));
	return undefined;
}

/* ---- graph ---- */

function seriesOf(dir) {
	const all = detail.data.packets || [];
	const sent = all.filter((p) => p[1] === dir && p[7] > 0);
	const back = all.filter((p) => p[1] !== dir && p[3].includes("."));
	const acks = back.map((p) => [p[2], p[5]]);
	const waits = [];
	let last = null;

	for (const p of all.filter((q) => q[7] > 0)) {
		if (last !== null && last[1] === dir && p[1] !== dir)
			waits.push([last[2], p[2]]);
		last = p;
	}
	return { sent, waits, acked: rising(acks),
		window: rising(back.map((p) => [p[2], p[5] + p[6]])),
		trips: roundTrips(sent.filter((p) => !(p[8] & AGAIN))
		    .map((p) => [p[2], p[4] + p[7]]), acks),
		holes: (detail.data.turns || []).filter((t) => t[0] === "gap" &&
		    t[1] === dir).map((t) => [t[2] + 1, t[3]]) };
}

/* Where times and numbers are in the picture. */
function graphFrame(series, width, height) {
	const r = detail.row;
	const [from, to] = detail.zoom || [r[R.start],
		Math.max(r[R.end], r[R.start] + 1)];
	const inside = (t) => t >= from && t <= to;
	const sent = series.sent.filter((p) => inside(p[2]));
	const low = sent.reduce((m, p) => Math.min(m, p[4]),
	    sent.length > 0 ? Infinity : 0);
	const high = sent.reduce((m, p) => Math.max(m, p[4] + p[7]),
	    sent.length > 0 ? -Infinity : 1);
	const wide = high > low ? high - low : 1;
	const top = high + wide * 0.06;
	const bottom = sent.length > 0 ? low - wide * 0.02 : 0;
	const base = height - 100;

	return { from, to, sent, bottom, top, base, width, height,
		x: (t) => 64 + (width - 78) * (t - from) / (to - from),
		y: (s) => base - (base - 8) * (Math.min(s, top + wide) - bottom) /
		    (top - bottom), t: (x) => from + (x - 64) / (width - 78) *
		    (to - from) };
}

function stepPath(points, f) {
	let d = "", y = null;

	for (const [t, v] of points) {
		const x = Math.min(Math.max(f.x(t), 64), f.width - 14).toFixed(1);
		const at = Math.max(-4, Math.min(f.base, f.y(v))).toFixed(1);

		d += y === null ? "M" + x + " " + at : "H" + x + "V" + at;
		y = at;
	}
	return y === null ? "" : d + "H" + (f.width - 14);
}

function segmentPath(packets, f) {
	return packets.map((p) => {
		const x = f.x(p[2]).toFixed(1);
		const a = f.y(p[4]).toFixed(1), b = f.y(p[4] + p[7]).toFixed(1);

		return "M" + x + " " + a + "V" + b + "m-2 0h4M" + x + " " + a +
		    "m-2 0h4";
	}).join("");
}

function graphGrid(plot, f) {
	const stepT = niceStep((f.to - f.from) / Math.max(2, f.width / 150));
	const stepS = niceStep((f.top - f.bottom) / 6);
	let d = "";

	for (let t = Math.ceil((f.from - detail.row[R.start]) / stepT) * stepT;
	    t + detail.row[R.start] <= f.to; t += stepT) {
		const x = f.x(t + detail.row[R.start]);

		d += "M" + x.toFixed(1) + " 4V" + (f.height - 20);
		if (x < f.width - 60)
			plot.append(svg("text", [["x", x + 3], ["y", f.height - 6]],
			    "+" + (t === 0 ? "0" : spanText(t / SECOND))));
	}
	for (let s = Math.ceil(Math.max(0, f.bottom) / stepS) * stepS; s <= f.top;
	    s += stepS) {
		d += "M64 " + f.y(s).toFixed(1) + "H" + (f.width - 14);
		plot.append(svg("text", [["x", 60], ["y", f.y(s) + 4],
			["text-anchor", "end"]], short(s)));
	}
	plot.prepend(svg("path", [["class", "grid"], ["d", d + "M64 " + f.base + "H" +
	    (f.width - 14)]]));
}

function graphBelow(plot, f, series) {
	const trips = series.trips.filter(([t]) => t >= f.from && t <= f.to);
	const most = Math.max(1, ...trips.map((p) => p[1]));
	const y = (v) => f.height - 32 - 46 * v / most;

	plot.append(svg("text", [["x", 68], ["y", f.base + 13]], "RTT, waits"));
	if (trips.length > 0)
		plot.append(svg("text", [["x", 60], ["y", y(most) + 4],
			["text-anchor", "end"]], spanText(most / SECOND)));
	plot.append(svg("path", [["class", "dots"], ["d", trips.map(([t, v]) =>
	    "M" + f.x(t).toFixed(1) + " " + y(v).toFixed(1) + "h0").join("")]]),
	    svg("path", [["class", "waited"], ["d", series.waits.filter(([a, b]) =>
	    b >= f.from && a <= f.to).map(([a, b]) => "M" +
	    Math.max(64, f.x(a)).toFixed(1) + " " + (f.height - 24) + "H" +
	    Math.max(65, Math.min(f.width - 14, f.x(b))).toFixed(1)).join("")]]));
}

function drawGraph() {
	const plot = $("plot");
	const series = detail.series = seriesOf(detail.graph);
	const box = plot.getBoundingClientRect();
	const f = detail.frame = graphFrame(series, box.width, box.height);
	const again = f.sent.filter((p) => p[8] & AGAIN);
	const early = f.sent.filter((p) => p[8] & DISORDER);
	const css = DIRS[detail.graph];

	plot.replaceChildren();
	SIDES.forEach((s, dir) => press($("graph-" + s), detail.graph === dir));
	if (f.sent.length > 0)
		graphGrid(plot, f);
	for (const [offset, length] of series.holes)
		plot.append(svg("rect", [["class", "hole-band"], ["x", 64],
			["width", f.width - 78], ["y", Math.max(0, f.y(offset + length))],
			["height", Math.max(1, Math.min(f.base, f.y(offset)) -
			Math.max(0, f.y(offset + length)))]]));
	plot.append(svg("path", [["class", "window"], ["d", stepPath(series.window, f)]]),
	    svg("path", [["class", "acked"], ["d", stepPath(series.acked, f)]]),
	    svg("path", [["class", css], ["d", segmentPath(f.sent.filter((p) =>
	    !(p[8] & AGAIN)), f)]]),
	    svg("path", [["class", "again"], ["d", segmentPath(again, f)]]));
	for (const [packets, letter, name] of [[again, "R", "again"],
		[early, "O", "order"]])
		for (const p of packets)
			plot.append(svg("text", [["class", name], ["x", f.x(p[2]) + 3],
				["y", f.y(p[4] + p[7]) + 3]], letter));
	graphBelow(plot, f, series);
	plot.append(svg("rect", [["class", "drag"], ["y", 4], ["width", 0],
		["height", f.height - 24]]), svg("circle", [["class", "near"],
		["r", 4], ["cx", -9]]));
	$("nearest").textContent = f.sent.length > 0 ? "" :
	    "no payload from the " + SIDES[detail.graph];
}

function showNearest(e) {
	const f = detail.frame;
	let best = null, least = 900;

	for (const p of f.sent) {
		const d = (f.x(p[2]) - e.offsetX) ** 2 +
		    (f.y(p[4] + p[7] / 2) - e.offsetY) ** 2;

		if (d < least) {
			least = d;
			best = p;
		}
	}
	const ring = document.querySelector("#plot .near");
	ring.setAttribute("cx", best ? f.x(best[2]) : -9);
	ring.setAttribute("cy", best ? f.y(best[4] + best[7] / 2) : 0);
	$("nearest").textContent = !best ? "" : "#" + best[0] + "  +" +
	    secondsOf(best[2] - detail.row[R.start]) + "  seq " + best[4] + ":" +
	    (best[4] + best[7]) + "  len " + best[7] + "  " + notesOf(best[8]);
}

function watchGraph(plot) {
	let from = null;

	plot.addEventListener("pointerdown", (e) => {
		from = e.offsetX;
		plot.setPointerCapture(e.pointerId);
	});
	plot.addEventListener("pointermove", (e) => {
		if (from === null)
			return showNearest(e);
		const drag = document.querySelector("#plot .drag");
		drag.setAttribute("x", Math.min(from, e.offsetX));
		drag.setAttribute("width", Math.abs(e.offsetX - from));
		return undefined;
	});
	plot.addEventListener("pointerup", (e) => {
		if (from === null)
			return;
		const span = [from, e.offsetX].sort((a, b) => a - b)
		    .map(detail.frame.t);

		if (Math.abs(e.offsetX - from) > 5 && span[1] - span[0] >= 2)
			detail.zoom = span;
		from = null;
		drawGraph();
	});
}

function makeGraph(panel) {
	if (detail.data === null)
		return missingData(panel);
	const plot = svg("svg", [["id", "plot"], ["role", "img"],
		["aria-label", "sequence numbers over time"]]);
	const choose = (dir) => () => { detail.graph = dir; drawGraph(); };
	const legend = [[DIRS[0].replace("c2s", "client"), "▏segment"],
		["lost", "R retransmission"], ["notice", "O out of order"],
		["well", "─ acknowledged"], ["notice", "┄ window"],
		["", "• RTT"], ["notice", "━ the other side is waited for"],
		["lost", "▒ hole"]];

	panel.append(element("div", "tools", ...SIDES.map((s, dir) =>
	    named("graph-" + s, button(ARROWS[dir] + " " + s + "'s bytes",
	    choose(dir)))), named("whole", button("whole", () => {
		detail.zoom = null;
		drawGraph();
	}))), named("legend", element("div", "tools", ...legend.map(([css, t]) =>
	    element("span", css, t)))), plot, named("nearest", element("div", "")));
	watchGraph(plot);
	detail.graph = detail.row[R.bytes] >= detail.row[R.bytes + 1] ? 0 : 1;
	drawGraph();
	return undefined;
}

/* ---- facts ---- */

function factText(value) {
	if (Array.isArray(value))
		return value.map(factText).join(value.some(Array.isArray) ? "; " : ", ");
	if (value !== null && typeof value === "object")
		return Object.entries(value).map(([k, v]) =>
		    k.replace(/_/g, " ") + " " + factText(v)).join(", ");
	return visible(value === null ? "-" : value);
}

function pairs(entries, css) {
	return element("dl", css || "", ...entries.flatMap(([k, ...values]) =>
	    [element("dt", "", k.replace(/_/g, " ")), ...values.map((v) =>
	    element("dd", "", v))]));
}

const entriesOf = (o, without) => Object.entries(o || {}).filter(([k]) =>
	!without.includes(k)).map(([k, v]) => [k, factText(v)]);

function sidesOf(facts) {
	const r = detail.row, a = facts.c2s || {}, b = facts.s2c || {};
	const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
	    .filter((k) => k !== "file");
	const cell = (o, k) => o[k] === undefined ? "0" : factText(o[k]);

	return pairs([["", "▶ client", "◀ server"],
		["address", word(r, R.client), word(r, R.server)],
		["flags", word(r, R.flags) || "-", word(r, R.flags + 1) || "-"],
		["packets", group(r[R.packets]), group(r[R.packets + 1])],
		["bytes", group(r[R.bytes]), group(r[R.bytes + 1])],
		...keys.map((k) => [k, cell(a, k), cell(b, k)])], "sides");
}

/* Whether the conversation is what was said in TLS, not what was sent. */
const isOpened = () => ["yes", "partly"].includes(
	(detail.data.tls || {}).decrypted);

/* The bytes of a direction when all are in the page, else null. */
function wholeDirection(dir) {
	const side = isOpened() ? detail.data.tls[DIRS[dir]] || {} :
	    { bytes: detail.row[R.bytes + dir], missing: detail.row[R.missing] };
	const turns = (detail.data.turns || []).filter((t) => t[0] === dir);
	const parts = turns.map((t) => bytesOf(t[6]));
	const n = parts.reduce((sum, p) => sum + p.length, 0);

	return n > 0 && n === side.bytes && !side.missing ? parts : null;
}

/* A click gives the bytes themselves, as no type that anything runs. */
function saveButton(name, parts) {
	return button("save", () => {
		const a = element("a", "");

		a.href = URL.createObjectURL(new Blob(parts,
		    { type: "application/octet-stream" }));
		a.download = name.replace(/.*\//, "");
		a.click();
		setTimeout(() => URL.revokeObjectURL(a.href), 10000);
	});
}

function fileEntry(name) {
	const a = linkTo(name) || visible(name);
	const copy = button("copy", () => copyText(name, copy), "copy the path");
	const dir = DIRS.findIndex((d) => name.endsWith("." + d));
	const parts = dir >= 0 && isOpened() === name.endsWith(".plain." +
	    DIRS[dir]) ? wholeDirection(dir) : null;

	return element("div", "", a, copy, parts ? saveButton(name, parts) : null);
}

function saveEntries() {
	const named = [0, 1].map((dir) =>
	    filesOf().some((f) => f.endsWith("." + DIRS[dir])));

	return [0, 1].filter((dir) => !named[dir] && wholeDirection(dir) !== null)
	    .map((dir) => element("div", "", "session-" + state.session + "." +
	    DIRS[dir], saveButton("session-" + state.session + "." + DIRS[dir],
	    wholeDirection(dir))));
}

function makeFacts(panel) {
	const d = detail.data || {}, facts = d.facts || {}, r = detail.row;
	const command = "tcpsession -P --session " + state.session + " " +
	    quotePath(record.capture || "CAPTURE");
	const copy = button("copy", () => copyText(command, copy));
	const files = detail.data === null ? [] :
	    [...filesOf().map(fileEntry), ...saveEntries()];
	const box = named("about", element("div", "scroll", element("h3", "",
	    "Session"), pairs([["start", utc(r[R.start])], ["end", utc(r[R.end])],
		["duration", secondsOf(r[R.end] - r[R.start]) + " s"],
		["rtt", spanOrDash(r[R.rtt])], ["state", word(r, R.state)],
		["remark", word(r, R.remark) || "-"],
		...entriesOf(facts, ["c2s", "s2c"]),
		["see it again", element("span", "", visible(command), copy)],
		["in Wireshark", "tcp.stream eq " + state.session]]),
	    element("h3", "", "Sides"), sidesOf(facts)));

	if (Object.keys(d.tls || {}).length > 0)
		box.append(element("h3", "", "TLS"), pairs(entriesOf(d.tls, [])));
	if (d.left && d.left.files > 0)
		files.push(plural(d.left.files, "more file"));
	if (files.length > 0)
		box.append(element("h3", "", "Files"), pairs([["beside this page",
			element("div", "", ...files)]]));
	panel.append(box);
}

/* ---- keys, permalinks, print ---- */

const KEYS = [["j k ↓ ↑", "next, previous session"], ["g G", "first, last"],
	["Enter", "open the session that is chosen"], ["/", "filter"],
	["f, n N", "find in the conversation; next, previous hit"],
	["1 - 5", "conversation, HTTP, packets, graph, facts"],
	["x", "hex and back"], ["[ ]", "client only, server only"],
	["t", "time of day, or seconds"], ["Esc", "one step back"],
	["?", "this list"]];
const FILTERS = [["word", "in the line of the summary; -word: not in it"],
	["key:text", "service state remark client server name proto port session"],
	["key>n key<n", "bytes up down packets duration rtt missing; k M G"]];

function makeKeys() {
	const close = button("close", () => $("keys").close());

	$("keys").replaceChildren(element("h2", "", "Keys"), pairs(KEYS),
	    element("h2", "", "Filter"), pairs(FILTERS), close);
}

/* UDP flows have nothing to open. */
const openable = (at) => main.href || state.view.session(state.order[at]) !== null;

/* Where the row is that is chosen, or -1. */
function cursorPlace() {
	const is = (i) => state.session !== null &&
	    state.view.session(i) === state.session;

	if (main.href)
		return table.cursor ?? -1;
	return table.cursor < state.order.length && is(state.order[table.cursor]) ?
	    table.cursor : state.order.findIndex(is);
}

/* To the row so many further, which is opened. */
function walk(step) {
	const last = state.order.length - 1;
	const at = cursorPlace();
	let to = at < 0 ? step > 0 ? 0 : last : at + step;
	let on = Math.sign(step);

	if (!Number.isFinite(step)) {
		to = step < 0 ? 0 : last;
		on = -on;
	}
	while (to >= 0 && to <= last && !openable(to))
		to += on;
	if (to < 0 || to > last)
		return;
	if (main.href) {
		table.cursor = to;
		markRow();
		bringIntoSight(to);
	} else {
		openPlace(to);
	}
}

function openPlace(at) {
	const i = state.order[at];

	if (i === undefined)
		return;
	table.cursor = at;
	if (main.href)
		followCapture(i);
	else if (state.view.session(i) !== null)
		openSession(state.view.session(i));
	if (state.view === exchanges && state.session === state.view.session(i))
		showPlace(exchanges.rows[i][X.time]);
}

function followCapture(i) {
	const href = main.href(i);

	if (href !== null)
		location.assign(href);
}

function setClock() {
	state.clock = state.clock === "UTC" ? "seconds" : "UTC";
	$("clock").textContent = state.clock;
	layTable();
	drawTime();
}

function goBack() {
	if ($("keys").open)
		$("keys").close();
	else if (detail.find && state.session !== null && $("find"))
		clearFind();
	else if (state.session !== null)
		closeSession();
	else if (state.brush !== null)
		setBrush(null);
	else if ($("filter").value !== "") {
		$("filter").value = "";
		readFilter();
	}
}

function clearFind() {
	detail.find = $("find").value = "";
	showHits();
	$("turns").focus();
}

function toggleHex() {
	chooseView(detail.view === "hex" ? detail.plain || "decoded" : "hex");
}

function focusFind() {
	detail.tab = "conversation";
	showTab();
	if ($("find"))
		$("find").select();
}

const ACTIONS = { "j": () => walk(1), "ArrowDown": () => walk(1),
	"k": () => walk(-1), "ArrowUp": () => walk(-1),
	"g": () => walk(-Infinity), "G": () => walk(Infinity),
	"/": () => $("filter").select(), "t": setClock,
	"?": () => $("keys").showModal(), "Escape": goBack };
const IN_SESSION = { "f": focusFind, "n": () => nextHit(1),
	"N": () => nextHit(-1), "x": toggleHex, "[": () => chooseSide(0),
	"]": () => chooseSide(1) };

function onKey(e) {
	const target = e.target;
	const typing = target.tagName === "INPUT" || target.tagName === "SELECT";

	if (e.ctrlKey || e.altKey || e.metaKey)
		return;
	if (typing) {
		if (e.key === "Escape" || e.key === "Enter")
			leaveField(e);
		return;
	}
	if ($("keys").open && e.key !== "Escape")
		return;
	const tab = TABS[e.key - 1];
	const action = ACTIONS[e.key] || state.session !== null &&
	    (IN_SESSION[e.key] || tab && (() => { detail.tab = tab; showTab(); }));
	if (e.key === "Enter" && target.id === "sessions")
		openPlace(Math.max(0, cursorPlace()));
	else if (e.key === "Enter" && target.dataset.column)
		target.click();
	else if (e.key.startsWith("Arrow") && target.closest(
	    ".scroll, #tabs, #divider"))
		moveInside(e);
	else if (action) {
		e.preventDefault();
		action();
	}
}

function leaveField(e) {
	if (e.target.id === "find" && e.key === "Enter")
		return nextHit(e.shiftKey ? -1 : 1);
	e.preventDefault();
	if (e.target.id === "find")
		return clearFind();
	return $("sessions").focus();
}

/* Arrow keys of tabs and of the divider. */
function moveInside(e) {
	const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];

	if (step === undefined)
		return;
	if (e.target.id === "divider")
		setShare(state.share + 2 * step);
	const seen = TABS.filter((t) => !$("tab-" + t).hidden);
	if (e.target.closest("#tabs")) {
		detail.tab = seen[(seen.indexOf(detail.tab) + step + seen.length) %
		    seen.length];
		showTab();
		$("tab-" + detail.tab).focus();
	}
}

function setShare(percent) {
	state.share = Math.min(80, Math.max(12, percent));
	$("main").style.setProperty("--share", state.share + "%");
	layTable();
	if (detail.tab === "graph" && state.session !== null && detail.data)
		drawGraph();
}

function readHash() {
	const asked = /^#session=(\d+)(?:&tab=(\w+))?$/.exec(location.hash);

	address.seen = location.hash;
	if (asked === null)
		return;
	const number = Number(asked[1]);
	if (rowOf(number) < 0)
		note("there is no session " + number + " in this page");
	const tab = TABS.includes(asked[2]) ? asked[2] : "conversation";

	if (rowOf(number) >= 0 && (number !== state.session || tab !== detail.tab))
		openSession(number, tab);
}

function readFilter() {
	const field = $("filter");

	try {
		state.query = parseFilter(field.value, state.regex);
		field.removeAttribute("aria-invalid");
		field.title = "";
	} catch (e) {
		field.setAttribute("aria-invalid", "true");
		field.title = e.message;
		return;
	}
	$("scroller").scrollTop = 0;
	refresh();
}

function showView(view) {
	state.view = view;
	press($("view-sessions"), view === main);
	press($("view-exchanges"), view === exchanges);
	$("scroller").scrollTop = 0;
	refresh();
}

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	if (state.pass)
		drawTime();
}

/* ---- the beginning ---- */

function watchTable() {
	let asked = false;

	$("scroller").addEventListener("scroll", () => {
		if (asked)
			return;
		asked = true;
		requestAnimationFrame(() => {
			asked = false;
			drawTable();
		});
	}, { passive: true });
	$("scroller").addEventListener("click", (e) => {
		const row = e.target.closest(".row");

		if (row !== null && e.target.tagName !== "A")
			openPlace(row.at);
	});
	$("scroller").addEventListener("mouseover", ({ target }) => {
		target.title = target.scrollWidth > target.clientWidth ?
		    target.textContent : "";
	});
	$("divider").addEventListener("pointerdown", (e) =>
	    $("divider").setPointerCapture(e.pointerId));
	$("divider").addEventListener("pointermove", (e) => {
		if (e.buttons & 1)
			setShare(100 * e.clientX / $("main").clientWidth);
	});
}

function watchControls() {
	const toggle = (id, key) => $(id).addEventListener("click", () => {
		state[key] = !state[key];
		press($(id), state[key]);
		readFilter();
	});

	$("filter").addEventListener("input", readFilter);
	toggle("regex", "regex");
	toggle("payload", "said");
	$("view-sessions").addEventListener("click", () => showView(main));
	$("view-exchanges").addEventListener("click", () => showView(exchanges));
	$("clock").addEventListener("click", setClock);
	$("help").addEventListener("click", () => $("keys").showModal());
	$("close").addEventListener("click", closeSession);
	$("theme").addEventListener("click", () => setTheme(
	    document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
}

function onResize() {
	layTable();
	drawTime();
	if (state.session !== null && detail.data && detail.tab === "graph")
		drawGraph();
}

function watchWindow() {
	const dark = matchMedia("(prefers-color-scheme: dark)");

	setTheme(dark.matches ? "dark" : "light");
	dark.addEventListener("change", () =>
	    setTheme(dark.matches ? "dark" : "light"));
	addEventListener("resize", onResize);
	addEventListener("hashchange", readHash);
	document.addEventListener("keydown", onKey);
	let theme = "";
	addEventListener("beforeprint", () => {
		theme = document.documentElement.dataset.theme;
		setTheme("light");
		table.printed = Math.min(1000, state.order.length);
		$("scroller").scrollTop = 0;
		drawTable();
		if (state.session !== null)
			makeTab("conversation");
	});
	addEventListener("afterprint", () => {
		table.printed = 0;
		setTheme(theme);
		layTable();
	});
}

function labelViews() {
	const label = (id, text, n) => $(id).replaceChildren(text + " ",
	    element("small", "", group(n)));

	label("view-sessions", captures ? "Captures" : "Sessions",
	    main.rows.length);
	label("view-exchanges", "HTTP", exchanges.rows.length);
	$("view-exchanges").hidden = exchanges.rows.length === 0;
	$("views").hidden = exchanges.rows.length === 0;
	$("payload").hidden = main !== sessions;
}

function begin() {
	readExchanges();
	const first = main.columns.findIndex((c) => c[0] === "start");

	main.sort = { column: Math.max(0, first), down: false };
	exchanges.sort = { column: 1, down: false };
	state.view = main;
	watchWindow();
	showName();
	showTotals();
	showLosses();
	labelViews();
	makeKeys();
	watchTable();
	watchTime();
	watchControls();
	readFilter();
	readHash();
	document.addEventListener("DOMContentLoaded",
	    () => state.said && refresh());
	requestAnimationFrame(() => {
		document.documentElement.dataset.ms = Math.round(performance.now());
		document.documentElement.dataset.ready = "1";
	});
}

begin();
})();
