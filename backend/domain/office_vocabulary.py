"""What universities call the same office, in English and Spanish.

A line for each thing an office may be; its names are folded (`backend/domain/words.py`) and stand
in no order. A name may stand in two lines where people mean either.
"""

from __future__ import annotations

_SAME = """
financial aid, fin aid, finaid, student financial aid, student aid, ayuda financiera,
    ayuda economica, asistencia financiera, asistencia economica, ayuda, aid, becas, fafsa
scholarships, scholarship, becas, beca
admissions, admission, admisiones, admision
graduate admissions, grad admissions, admisiones de posgrado
international admissions, admisiones internacionales
enrollment, enrolment, inscripciones, inscripcion, matricula, matriculas
registrar, registrars, registration, registration and records, records, student records, registro,
    registros, registraduria, registro academico, control escolar, servicios escolares
bursar, bursars, student accounts, student billing, billing, cashier, cashiers, tesoreria, caja,
    cobranza, cobranzas, pagos, cuentas estudiantiles
housing, housing and residence life, residence life, residential life, res life, reslife, dorms,
    vivienda, residencias, residencia
advising, academic advising, asesoria, asesoria academica, consejeria, consejeria academica,
    orientacion academica
counseling, counselling, counseling and psychological, consejeria, psicologia,
    orientacion psicologica
career, careers, career development, centro de carreras, carreras, empleo, bolsa de trabajo
international, international student, international students, international students and scholars,
    intl, isss, iss, estudiantes internacionales, internacional, relaciones internacionales
study abroad, education abroad, global education, estudios en el extranjero, intercambio
library, libraries, biblioteca, bibliotecas
health, student health, salud, salud estudiantil, clinica, enfermeria
human resources, hr, recursos humanos, rrhh
information technology, it, tech support, help, helpdesk, it help, it support, informatica,
    soporte tecnico, sistemas, tecnologia
graduate school, graduate, graduate studies, grad school, grad studies, posgrado, posgrados,
    estudios de posgrado, escuela graduada
disability, disabilities, accessibility, disability resources, student disability, accesibilidad,
    discapacidad
veterans, veteran, veterans affairs, military and veteran, vets, vet, va, veteranos
student life, student activities, campus life, vida estudiantil, vida universitaria
student affairs, asuntos estudiantiles
student success, exito estudiantil, exito academico
dean of students, dos, decanato de estudiantes, decano de estudiantes, decanato
orientation, new student orientation, new student, orientacion
first year experience, fye, first year, primer ano
athletics, sports, deportes, atletismo
alumni, alumni relations, alumni affairs, egresados, exalumnos
tutoring, tutorias, tutoria
writing, escritura, redaccion
testing, examenes, evaluaciones
transfer, transfer student, traslados, transferencias
payroll, nomina
finance, accounting, finanzas, contabilidad
parking, parking and transportation, estacionamiento
police, campus police, public safety, campus safety, campus security, security, policia, seguridad
welcome, visitor, visitors, bienvenida
honors, honors college, honors program, honores
continuing education, continuing ed, professional and continuing education, educacion continua
distance learning, online learning, online, educacion a distancia, en linea
marketing, communications, marketing and communications, comunicacion, comunicaciones, mercadeo
nursing, school of nursing, enfermeria
trio, trio sss
"""


def _groups() -> tuple[frozenset[str], ...]:
    lines = _SAME.replace("\n    ", " ").strip().splitlines()
    return tuple(frozenset(name.strip() for name in line.split(",")) for line in lines)


SAME_OFFICE = _groups()
