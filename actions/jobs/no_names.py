"""Words beside a number's name that are no part of it."""

NO_NAME = frozenset(
    {
        *("a", "about", "after", "again", "ahora", "al", "alguien", "algún", "all", "an", "and"),
        *("answer", "answered", "answering", "answers", "antes", "any", "anybody", "anyone"),
        *("aquí", "are", "as", "at", "back", "be", "before", "by", "cada", "call", "calls"),
        *("campaign", "campaigns", "campaña", "campañas", "can", "check", "con", "contesta"),
        *("contestan", "contestar", "cuando", "cuál", "de", "del", "después", "do", "does", "each"),
        *("el", "ella", "en", "es", "esa", "ese", "esta", "este", "está", "every", "everyone"),
        *("everything", "first", "for", "free", "from", "give", "has", "have", "how", "hoy", "i"),
        *("if", "in", "incoming", "into", "is", "it", "its", "keep", "keeps", "la", "las", "le"),
        *("libre", "line", "lo", "local", "los", "línea", "many", "may", "me", "mi", "mis"),
        *("misma", "mismo", "mobile", "move", "mover", "moving", "my", "nadie", "new", "next"),
        *("no", "now", "nuestra", "nuestro", "nueva", "nuevo", "number", "número", "o", "of"),
        *("office", "on", "one", "only", "or", "other", "otra", "otro", "our", "own", "owns"),
        *("para", "pasar", "people", "phone", "por", "port", "puede", "pueden", "puedo", "que"),
        *("quien", "quién", "regular", "reusable", "reutilizable", "right", "same", "school", "se"),
        *("send", "should", "si", "sin", "single-use", "sobre", "somebody", "someone", "still"),
        *("su", "sus", "t", "teléfono", "tenemos", "tengo"),
        *("that", "the", "their", "there", "these", "they", "this"),
        *("those", "tiene", "to", "today", "todos", "toll-free", "tomorrow", "transfer"),
        *("transferir", "transferring", "un", "una", "under", "unsolicited", "unused", "usado"),
        *("usar", "use", "used", "we", "what", "when", "which", "who", "whose", "why", "will"),
        *("with", "without", "would", "y", "ya", "yet", "you", "your"),
    }
)
# Part of a name now and then, and none by themselves.
NO_WHOLE_NAME = frozenset(
    {"text", "texts", "texting", "message", "messages", "mensaje", "mensajes", "texto", "textos"}
    | {"student", "students"}
)
