"""The words that offices.py goes by, as the folded text has them."""

from bot.nlu.entities.wordlists import names_of, words_of

# What universities call their offices.
OFFICE_NAMES = names_of(
    """
    academic advising, academic affairs, accessibility services, admission, admissions,
    advancement, advising, alumni, alumni affairs, alumni relations, athletics, billing,
    bookstore, bursar, bursars, business office, campus life, campus police, campus safety, campus
    security, career center, career centre, career services, careers, cashier, cashiers, conduct,
    continuing education, counseling, counseling center, counselling, dean of students, deans
    office, development, dining, dining services, disability resources, disability services,
    distance learning, dual enrollment, enrollment, enrollment management, enrollment services,
    extension, facilities, fin aid, finaid, finance, financial aid, financial aid and
    scholarships, financial services, first year experience, graduate admissions, graduate school,
    graduate studies, grad school, greek life, health center, health services, help desk,
    helpdesk, honors, honors college, housing, housing and residence life, human resources,
    information technology, international admissions, international office, international
    programs, international student services, international students, it help desk, it support, it
    services, library, mail room, marketing, new student orientation, new student programs,
    ombuds, ombudsman, one stop, onestop, online learning, orientation, parking, parking services,
    payroll, president s office, provost, public relations, public safety, purchasing,
    recruitment, recreation, registrar, registrars, registration, records, res life, reslife,
    residence life, residential life, scholarships, student accounts, student activities, student
    affairs, student conduct, student employment, student engagement, student financial services,
    student health, student involvement, student life, student records, student services, student
    success, student success center, student support, student union, study abroad, summer school,
    testing center, title ix, transfer admissions, transfer center, transfer services, trio,
    tutoring, tutoring center, undergraduate admissions, veteran services, veterans affairs,
    veterans services, visitor center, welcome center, writing center
    """
) | names_of(
    """
    admision, admisiones, asesoria, asesoria academica, asistencia economica, asistencia
    financiera, asuntos academicos, asuntos estudiantiles, atencion a estudiantes, ayuda
    economica, ayuda financiera, becas, becas y ayuda financiera, bienestar, bienestar
    estudiantil, biblioteca, caja, centro de carreras, comedor, consejeria, consejeria academica,
    contabilidad, cobranza, cobranzas, control escolar, decanato, decanato de estudiantes,
    deportes, educacion continua, egresados, estacionamiento, estudiantes internacionales,
    estudios de posgrado, finanzas, informatica, inscripciones, intercambio, internacional,
    matricula, orientacion, pagos, posgrado, rectoria, recursos humanos, registraduria, registro,
    registro academico, registros, relaciones internacionales, residencias, salud, secretaria,
    servicios escolares, servicios estudiantiles, servicios financieros, soporte tecnico,
    tesoreria, titulacion, tutorias, veteranos, vida estudiantil, vida universitaria, vivienda
    """
)
# No part of an office's name: words that say nothing in themselves, and what is around numbers.
NO_NAME = words_of(
    """
    a about above after again all already also always an and another any anybody anyone anything
    are around as ask at back be because been before being both but by can cannot center check
    could did different do does doing done each either else even every everyone existing few
    first for from get gets give go goes going had happens has have having he head her here him
    his hour hours how i if in inside instead into is it its just keep know last later least let
    like live lot make many may me might mine more most much must my myself need needs never new
    next no none not now of off ok old on once one only open or other others our ours out
    outside over own place please post put rather really right s same see seem send several
    shall she should show since so some someone something soon still such switch t take than
    thank thanks that the their them then there these they thing think this those through to
    today together tomorrow too under until up us use used using very via want wants was way we
    well were what when where which while who whole whom whose why will with without would yes
    yet you your yours agent agents archive archived assistant bot call calls campaign campaigns
    carrier carriers chat contact contacts conversation conversations email emails inboxes
    institution line lines message messages microsoft number numbers person phone phones
    provider quota reply replies reusable sms staff student students text texting texts
    university answer answers come comes end ends find follow land lands look main move moved
    moving opens question questions quick read receive route routed share shared single start
    stop transfer transferred transferring assign assigned set change changed add added create
    created delete remove al alguien algun alguna algunas algunos ante aquel aquella aqui asi
    aun bien cada como con cual cuales cualquier cualquiera cuando cuanto cuyo de del desde
    despues donde dos el ella ellas ellos en entonces entre entrada era es esa esas ese eso esos
    esta estaba estan estar estas este esto estos fue ha hacer hacia han hasta hay la las le les
    lo los mas mi mia mientras mio mis mismo misma muchas mucho muy nada ni ningun ninguna nos
    nosotros nuestra nuestras nuestro nuestros nueva nuevo o otra otras otro otros para pero
    poco por porque pregunta puede puedo que quien quiero se sea ser si sin sobre solo son soy
    su sus tal tambien tan te tener tiene todas todo todos tu tus un una unas uno unos usted
    ustedes va vamos ver y ya yo agente agentes archivar asistente campana campanas conversacion
    conversaciones correo estudiante estudiantes gracias linea lineas mensaje mensajes numero
    numeros oficina oficinas persona proveedor telefono texto textos universidad manana hoy
    aca alla asap branch correct current entire extra fresh full good hold holds human left near
    outlook pal per plataforma platform preguntas prof professor profesor profesora random reach row
    satellite sister spare swap system sistema unprompted unsolicited unused voz whole wrong
    """
)
# A letter or two away from an office's name, and words all the same.
NO_SLIPS = words_of(
    """
    alumna alumno asesora athletes athletic atletica atletico balling billings burlar conducta
    conducto conducts conduit conejera consejera consejero consoling countering deported deporte
    developmental developments dicing dinging diving exencion expansion extensions extensiva
    extensive extenso extincion extorsion facilitates faculties fatalities finances financed honor
    horsing hosing informativa informative informativo inscriptions intencional internacion librar
    marking matriculado ostentacion packing paring parting reception recitation record recreacion
    recreating recreational recreativa recreativo register registers registradora registry
    residences residencial secretarial secretaries secretario secretary tesorero texting
    tribulacion tripulacion tutorial
    """
)
