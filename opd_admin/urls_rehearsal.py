from django.urls import path

from opd_admin.views import rehearsal

urlpatterns = [
    path("", rehearsal.practice, name="demo_bank"),
    path(
        "mutasi/<str:bank>/<str:period>/<str:format>/", rehearsal.statement_file, name="demo_bank_statement"
    ),
    path("<uuid:pk>/", rehearsal.batch_at_the_bank, name="demo_bank_batch"),
    path("<uuid:pk>/<str:scenario>/", rehearsal.scenario_page, name="demo_bank_scenario"),
    path("<uuid:pk>/<str:scenario>/<str:name>", rehearsal.answer, name="demo_bank_answer"),
]
