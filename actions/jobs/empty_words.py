"""Words around what somebody names, or of a plain yes or no, which name nothing by themselves."""

_ENGLISH = """
    a able about above absolutely accurate actually affirmative again agree ahead all alright
    also am an and another any anything approved archive are area as ask at aye be been bet both
    but buy by call can certainly change changes checked city code come confirm confirmed
    continue cool correct correction could course create deal definitely department did do does
    doesn doesn't doing dokie don don't done double else enough ever everyone everything exact
    exactly excellent fine fix for forget from fs get give go going good got great guess had
    happen happy has have hey him hmm hold how huh i i'd i'll i'm idea if inbox instead is it
    it's its just k keep kk know let let's lets like line listed little ll location lol look
    looks lot lovely ma'am made make man may mean meant meh mhm mind mine mistake more move much
    must my name need never new nice no nope not nothing now number numbers of off office oh ok
    okay okey okie on once one oops or order our ours out perfect person place please pls plz
    positive prefer prefix proceed put quite rather read ready really retry right s said same
    say says see send set should so sorry sound sounds still stop submit such summary sure
    switch t take team text texts than thank thanks that that'd that's thats the them then there
    these they thing things think this those though thx time times to too true try uh uh-huh um
    up us use very wait want was we we're well were what which why will without work works would
    written wrong y ya yah yas yay yea yeah yep yes yessir yet you your yours yup zip
"""
_SPANISH = """
    acuerdo adelante afirmativo agalo ahora ahí aja ajá al algo andale aprobado aquí archívala
    archívela asi así bandeja bien buena bueno buenos camb cambia cambiar cambiarla cambiarlo
    cambie cambien cambio ciudad claro codigo como compra comprar compre con confirma confirmado
    confirme confirmo conforme confírmalo confírmelo correcta correcto corrija creo créalo cual
    cualquier cuenta cámbiala cámbialo cámbiela cámbielo código cómo cómpralo cómprelo dale de
    debe debería decir del departamento desde diga digo dije disculpa disculpe donde duda dónde
    e el ella en entonces enviarlo envíalo envíelo era es esa escribió ese eso espera espere
    esta este esto estoy está están exactamente exacto favor fin fue gracias ha hacer haga hay
    haz hazlo hecho hágalo intenta intentar intentarlo inténtalo inténtelo la las le linea lista
    listo llama lo los luego lugar línea mal mande mas me mejor mero mi misma mismo muchas muy
    muévalo muévelo mándalo mándelo más mí mío nada ni ninguna ninguno nombrar nombre nuestra
    nuestro nueva nuevo numero número o oficina okis orale otra otro para parece pasa pase
    perdon perdone perdón perfecto pero pienso pon poner ponga ponle ponlo por porfa porque
    postal prefiero proceda procede prueba puede puedes puedo pues pásalo páselo pídalo pídelo
    póngale póngalo q que quería quiere quiero quise quisiera qué razón realidad reintentar sale
    se sea segura seguro según ser señor señora si simon simón sin sip sobre solo son su sugiero
    supuesto sí sólo tal también tengo termina tiene todo todos tome trata tratar tu un una uno
    usa usar usted va vale vamos vaya vez vuelva vuelve yo ándale él ñ órale
"""
EMPTY_WORDS = frozenset(f"{_ENGLISH} {_SPANISH}".split())
